"""Who may import whom (docs/architecture.md), read from the source itself."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
READING_CORE = {
    "core.config",
    "core.decision",
    "core.errors",
    "core.journal",
    "core.places",
    "core.protocol",
    "core.status",
    "core.timer",  # the unit that the configuration needs: pure, and compared with the one there
    "core.windows",
    "core.zones",
}
LAYERS = ["cli", "operations", "reconcile", "decision", "windows"]


def modules(package: str) -> Iterator[tuple[str, Path]]:
    """Every module of a package with its dotted name."""
    for path in sorted((ROOT / package).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imports(path: Path, *, top_level: bool = False) -> set[str]:
    """Dotted names that a file imports; with `top_level` only what importing the file imports."""
    tree = ast.parse(path.read_text())
    nodes = tree.body if top_level else list(ast.walk(tree))
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides who is meant"
            found.add(node.module or "")
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def is_module(name: str) -> bool:
    """Whether a dotted name is a module of ours (and not a name inside one)."""
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def ours(names: set[str], package: str) -> set[str]:
    """The modules of one of our packages among imported names."""
    return {name for name in names if name.split(".")[0] == package and is_module(name)}


@pytest.mark.parametrize(("name", "path"), list(modules("core")))
def test_core_imports_the_standard_library_and_core_alone(name: str, path: Path) -> None:
    foreign = {
        found
        for found in imports(path)
        if found.split(".")[0] not in sys.stdlib_module_names | {"core"}
    }
    assert not foreign


@pytest.mark.parametrize(("name", "path"), list(modules("core")))
def test_core_imports_downwards_only(name: str, path: Path) -> None:
    layer = name.removeprefix("core.")
    if layer not in LAYERS:
        upper = {f"core.{above}" for above in ("cli", "operations", "reconcile")}
        assert layer.split(".")[0] in {"verbs", "verb"} or not ours(imports(path), "core") & upper
        return
    above = {f"core.{other}" for other in LAYERS[: LAYERS.index(layer)]}
    assert not ours(imports(path), "core") & above


@pytest.mark.parametrize(("name", "path"), list(modules("adapters")))
def test_an_adapter_knows_only_the_interface_and_its_own_sdk(name: str, path: Path) -> None:
    found = imports(path)
    assert not {other for other in found if other.split(".")[0] in {"core", "bot"}}
    own = name.split(".")[1] if "." in name else ""
    allowed = {"adapters", "adapters.base", f"adapters.{own}"}
    others = {
        other
        for other in ours(found, "adapters")
        if other not in allowed and not other.startswith(f"adapters.{own}.")
    }
    assert not others


@pytest.mark.parametrize(("name", "path"), list(modules("bot")))
def test_the_bot_imports_of_core_only_what_reads(name: str, path: Path) -> None:
    assert ours(imports(path), "core") <= READING_CORE | {"core"}


@pytest.mark.parametrize(("name", "path"), list(modules("bot")))
def test_the_bot_imports_of_adapters_only_interface_and_registry(name: str, path: Path) -> None:
    allowed = {"adapters", "adapters.base", "adapters.registry"}
    special = {
        # The command `mattermost register` is the adapter's own.
        "bot.cli": {"adapters.mattermost.register"},
        # The demo is a console that also shows what the shop answers.
        "bot.demo.chat": {"adapters.console"},
    }
    assert ours(imports(path), "adapters") <= allowed | special.get(name, set())


def test_nothing_imports_the_app_but_the_command_line() -> None:
    importers = {
        name
        for package in ("core", "adapters", "bot")
        for name, path in modules(package)
        if "bot.app" in imports(path)
    }
    assert {name for name in importers if not name.startswith(("bot.cli", "bot.demo"))} == set()


@pytest.mark.parametrize("sdk", ["telegram", "mattermostdriver", "prompt_toolkit", "pytest"])
def test_sdks_are_not_imported_by_starting_the_bot(sdk: str) -> None:
    program = (
        f"import bot.cli, adapters.registry, sys; sys.exit('{sdk}' in sys.modules and '{sdk}')"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False)
    assert done.returncode == 0


def test_the_rules_see_a_forbidden_import(tmp_path: Path) -> None:
    bad = tmp_path / "bad.py"
    bad.write_text("def f():\n    from bot import app\n    import telegram.ext\n")
    assert {"bot.app", "telegram.ext"} <= imports(bad)

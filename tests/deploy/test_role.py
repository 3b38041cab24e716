"""The role's promises that can be read from its files."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
ROLE = DEPLOY / "roles" / "pretix_maintenance"
PLACES = {"ansible.builtin.copy", "ansible.builtin.template"}
# Nothing on a host can judge these: secrets, wheels, and the words "this is whole".
NO_VALIDATOR = {
    "Write the secrets",
    "Copy the wheels and the locked set of versions",
    "Remember that it is whole",
}


def tasks_of(path: Path) -> Iterator[dict[str, Any]]:
    """Every task of a file, also those in blocks."""
    waiting = list(yaml.safe_load(path.read_text()) or [])
    while waiting:
        task = waiting.pop(0)
        yield task
        for key in ("block", "rescue", "always", "tasks", "handlers"):
            waiting += task.get(key) or []


def all_tasks() -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in sorted((ROLE / "tasks").glob("*.yml")):
        for task in tasks_of(path):
            yield path, task


def test_every_file_is_validated_before_it_is_placed() -> None:
    unchecked = {
        task["name"]
        for _, task in all_tasks()
        for module in PLACES & task.keys()
        if "validate" not in task[module]
    }
    assert unchecked == NO_VALIDATOR


def test_every_file_has_an_owner_and_a_mode() -> None:
    for path, task in all_tasks():
        for module in PLACES & task.keys():
            named = task[module].keys()
            assert {"owner", "group", "mode"} <= named, (path.name, task["name"])


def test_every_variable_is_described_and_no_description_lacks_its_variable() -> None:
    described = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text())
    defaults = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text())
    assert set(described["argument_specs"]["main"]["options"]) == set(defaults)


def test_the_defaults_that_are_described_are_the_defaults() -> None:
    options = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text())
    defaults = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text())
    for name, option in options["argument_specs"]["main"]["options"].items():
        if "default" in option:
            assert option["default"] == defaults[name], name


def test_only_modules_that_come_with_ansible_are_used() -> None:
    known = re.compile(r"^ {2,}(\w+\.\w+\.\w+):", re.MULTILINE)
    for path in [*ROLE.rglob("*.yml"), *(DEPLOY / "playbooks").rglob("*.yml")]:
        for module in known.findall(path.read_text()):
            assert module.startswith("ansible.builtin."), path


def test_secrets_are_never_shown() -> None:
    (secret,) = [task for _, task in all_tasks() if task["name"] == "Write the secrets"]
    assert secret["no_log"] is True
    assert secret["ansible.builtin.copy"]["mode"] == "0600"


def test_nginx_is_reloaded_only_after_it_has_checked_its_configuration() -> None:
    for path in (ROLE / "handlers" / "main.yml", DEPLOY / "playbooks" / "remove.yml"):
        reloading = [task for task in tasks_of(path) if task.get("listen") == "Reload nginx"]
        check, reload = reloading
        assert check["ansible.builtin.command"].startswith("nginx -t")
        assert reload["ansible.builtin.systemd_service"]["state"] == "reloaded"


def test_nginx_has_read_its_configuration_before_anybody_judges_it() -> None:
    check, reload, *_ = tasks_of(ROLE / "tasks" / "verify.yml")
    assert check["ansible.builtin.command"].startswith("nginx -t")
    assert reload["ansible.builtin.systemd_service"]["state"] == "reloaded"
    assert check["changed_when"] is reload["changed_when"] is False


def test_before_anything_is_migrated_to_nginx_a_closed_shop_is_carried_over() -> None:
    names = [task["name"] for task in tasks_of(DEPLOY / "playbooks" / "migrate.yml")]
    (install,) = [
        task
        for task in tasks_of(DEPLOY / "playbooks" / "migrate.yml")
        if task["name"] == "Install everything beside it"
    ]
    assert install["vars"]["pretix_maintenance_nginx"] is False
    carried = names.index("Carry a closed shop over as a lock")
    assert names.index(install["name"]) < carried < names.index("Have nginx read them")


INCLUDES = {
    "    include snippets/pretix-maintenance*.conf;": False,
    "    include snippets/pretix-maintenance.conf;": True,
    "server { include /etc/nginx/snippets/pretix-maintenance.conf; }": True,
    '\tinclude  "snippets/pretix-maintenance.conf" ;': True,
    "    # include snippets/pretix-maintenance.conf;": False,
    "# configuration file /etc/nginx/snippets/pretix-maintenance.conf:": False,
    "include snippets/*.conf;": False,
}


@pytest.mark.parametrize("line", INCLUDES)
def test_an_include_that_needs_its_file_keeps_it_from_being_removed(line: str) -> None:
    refusal = next(
        task
        for task in tasks_of(DEPLOY / "playbooks" / "remove.yml")
        if task["name"] == "Refuse to leave nginx an include without its file"
    )
    plain = refusal["vars"]["pretix_maintenance_plain"]
    assert bool(re.search(plain, f"http {{\n{line}\n}}\n")) is INCLUDES[line]


def test_the_shop_is_right_before_nginx_is_reloaded() -> None:
    install = yaml.safe_load((ROLE / "tasks" / "main.yml").read_text())[1]["block"]
    order = [task["ansible.builtin.import_tasks"] for task in install]
    assert order.index("state.yml") < order.index("nginx.yml") < order.index("services.yml")


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_the_example_inventory_uses_variables_that_exist(environment: str) -> None:
    folder = DEPLOY / "inventory" / f"{environment}.example" / "group_vars" / "all"
    used = yaml.safe_load((folder / "main.yml").read_text())
    defaults = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text())
    assert set(used) <= set(defaults)


def test_no_example_holds_a_secret() -> None:
    for path in (DEPLOY / "inventory").rglob("vault.yml*"):
        assert set(yaml.safe_load(path.read_text()).values()) == {""}


LOGOS = {
    "": True,
    "data:image/svg+xml,%3Csvg/%3E": True,
    "/static/logo.png": True,
    "/media/pub/logo.png": True,
    "https://example.org/logo.png": False,
    "//example.org/static/logo.png": False,
    "data:text/html,x": False,
    "/logo.png": False,
    "logo/static/x.png": False,
}


@pytest.mark.parametrize("logo", LOGOS)
def test_a_logo_that_a_closed_shop_could_not_show_is_refused(logo: str) -> None:
    (refusal,) = [task for _, task in all_tasks() if "logo" in task["name"]]
    environment = jinja2.Environment(autoescape=False)
    environment.tests["match"] = lambda value, pattern: bool(re.match(pattern, value))
    condition = environment.compile_expression(refusal["ansible.builtin.assert"]["that"])
    assert condition(pretix_maintenance_logo=logo) is LOGOS[logo]


def test_removing_names_every_place_that_the_role_writes_to() -> None:
    removed = (DEPLOY / "playbooks" / "remove.yml").read_text()
    for name, path in yaml.safe_load((ROLE / "vars" / "main.yml").read_text()).items():
        if name.endswith(("_dir", "_program", "_snippet")):
            assert f"- {path}\n" in removed, name

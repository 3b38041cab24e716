"""What the role writes into `core.toml` and `bot.toml`: read by the programs' own readers."""

import json
import re
import textwrap
import tomllib
from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml

from bot import config as bot_config
from core import config as core_config

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
ROLE = DEPLOY / "roles" / "pretix_maintenance"
EXAMPLES = sorted((DEPLOY / "inventory").glob("*.example"))
AWKWARD = 'Jan "de $(Boer)" \\ {{ x }} é 🎟'
EVERYTHING: dict[str, Any] = {
    "contact": AWKWARD,
    "people": [{"name": AWKWARD, "role": "board", "ids": {"file": "x"}, "expires": "2027-09-01"}],
    "destinations": [
        {"adapter": "file", "channel": "c", "thread": "7", "label": AWKWARD, "card": True}
    ],
    "adapters": {"file": {"incoming": "/run/x", "port": 1, "verify": False, "more": ["a", "b"]}},
    "announcements": {"ahead": 30},
    "url": "https://tickets.example/",
    "probe": {"nginx_url": "http://127.0.0.1/", "timeout": 4},
    "monitoring": {"listen": "127.0.0.1:9478"},
    "cut_off": {"at": "Mon 00:00", "methods": ["ideal"]},
    "pretix": {"url": "https://tickets.example/", "token": "credential:pretix"},
}


def rendered(template: str, folder: Path, **variables: Any) -> Path:
    """Write a template's text, with the role's defaults for what is not given."""
    defaults = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text())
    known = yaml.safe_load((ROLE / "vars" / "main.yml").read_text())
    given = {f"pretix_maintenance_{name}": value for name, value in variables.items()}
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(ROLE / "templates"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        autoescape=False,
    )
    environment.filters["to_json"] = json.dumps
    text = environment.get_template(f"{template}.j2").render(
        {"ansible_managed": "Ansible managed"} | defaults | known | given
    )
    path = folder / template
    path.write_text(text)
    return path


def of_example(inventory: Path) -> dict[str, Any]:
    """Give an example inventory's variables without their prefix."""
    variables = yaml.safe_load((inventory / "group_vars" / "all" / "main.yml").read_text())
    return {name.removeprefix("pretix_maintenance_"): value for name, value in variables.items()}


@pytest.mark.parametrize("inventory", EXAMPLES, ids=lambda path: path.name)
def test_both_programs_take_what_an_example_inventory_says(inventory: Path, tmp_path: Path) -> None:
    variables = of_example(inventory)
    core = core_config.load(str(rendered("core.toml", tmp_path, **variables)))
    bot = bot_config.load(rendered("bot.toml", tmp_path, **variables))
    assert [window.name for window in core.windows] == ["Mollie week"]
    assert bot.probe
    assert bot.probe.url == variables["url"]
    assert [*bot.adapters] == ["telegram"]


def test_every_table_of_the_bot_can_be_written_and_comes_back_as_it_was(tmp_path: Path) -> None:
    bot = bot_config.load(rendered("bot.toml", tmp_path, **EVERYTHING))
    assert bot.contact == bot.people[0].name == bot.destinations[0].label == AWKWARD
    assert bot.destinations[0].card
    assert bot.adapters == EVERYTHING["adapters"]
    assert bot.monitoring.listen == ("127.0.0.1", 9478)
    assert bot.probe
    assert bot.probe.nginx_url == "http://127.0.0.1/"
    assert bot.pretix
    assert bot.pretix.token == "credential:pretix"
    assert bot.cut_off
    assert bot.cut_off.methods == ("ideal",)


def test_without_anything_said_the_core_closes_nothing_by_itself(tmp_path: Path) -> None:
    assert not core_config.load(str(rendered("core.toml", tmp_path))).windows


def test_a_destination_may_say_all_that_the_bot_understands() -> None:
    described = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text())
    options = described["argument_specs"]["main"]["options"]
    for name, table in (
        ("destinations", bot_config.shape.PlaceTable),
        ("people", bot_config.Person),
    ):
        offered = set(options[f"pretix_maintenance_{name}"]["options"])
        assert offered == set(table.__dataclass_fields__), name


def blocks(document: str, language: str) -> list[str]:
    """The fenced blocks of a language in a document."""
    text = (DEPLOY.parent / "docs" / document).read_text()
    found = re.findall(rf"^ *```{language}\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
    return [textwrap.dedent(block) for block in found]


@pytest.mark.parametrize("platform", ["telegram", "mattermost"])
def test_what_a_platforms_guide_says_for_the_inventory_becomes_what_it_says_for_bot_toml(
    platform: str, tmp_path: Path
) -> None:
    first, *more = map(yaml.safe_load, blocks(f"{platform}.md", "yaml"))
    for block in more:
        first["pretix_maintenance_adapters"][platform] |= block["pretix_maintenance_adapters"][
            platform
        ]
        first["pretix_maintenance_credentials"] |= block["pretix_maintenance_credentials"]
    variables = {key.removeprefix("pretix_maintenance_"): value for key, value in first.items()}
    written = tomllib.loads(rendered("bot.toml", tmp_path, **variables).read_text())
    meant = tomllib.loads("\n".join(blocks(f"{platform}.md", "toml")))
    assert {key: written[key] for key in meant} == meant
    named = re.findall(r"credential:([a-z-]+)", (tmp_path / "bot.toml").read_text())
    assert {*named} == {*variables["credentials"]}

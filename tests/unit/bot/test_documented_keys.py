"""Every key of `bot.toml` is explained, with its default, and no other is."""

import re
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import bot.config as described
from bot.config.convert import KEYS
from bot.config.shape import Config, PlaceTable
from bot.policy import Place

DOCUMENT = Path(__file__).parents[3] / "docs" / "proof.md"
ROW = re.compile(r"^\| `([^`]+)` \|([^|]*)\|", re.MULTILINE)
DEFAULTS = dict(ROW.findall(DOCUMENT.read_text(encoding="utf-8")))
ADAPTERS = "[adapters.NAME]"


def keys(shape: Any, table: str = "") -> Iterator[tuple[str, Field[Any]]]:
    """Name every key of a table and of those inside it, as the document does."""
    hints = get_type_hints(shape)
    for one in fields(shape):
        inner = next(iter(tables_in(hints[one.name])), None)
        name = KEYS.get(one.name, one.name)
        if inner is not None:
            listed = get_origin(hints[one.name]) is tuple
            yield from keys(inner, f"[[{name}]] " if listed else f"[{name}] ")
        elif name != "adapters":
            yield f"{table}{name}", one


def tables_in(hint: Any) -> Iterator[type]:
    for one in (hint, *get_args(hint)):
        if is_dataclass(one) and isinstance(one, type):
            yield PlaceTable if one is Place else one


IN_THE_CODE = dict(keys(Config))


def test_every_key_is_documented_and_nothing_else() -> None:
    assert set(DEFAULTS) - {ADAPTERS} == set(IN_THE_CODE)
    assert len(IN_THE_CODE) > 40


def test_the_documented_defaults_are_true() -> None:
    for key, field in IN_THE_CODE.items():
        written = DEFAULTS[key].strip()
        if field.default is True or field.default is False:
            assert written == f"`{str(field.default).lower()}`", key
        if field.default is MISSING and field.default_factory is MISSING:
            assert not written or key == "[cut_off] at", key


def test_the_example_at_the_configuration_shows_every_key() -> None:
    shown = described.__doc__ or ""
    for key in IN_THE_CODE:
        table, _, name = key.rpartition(" ")
        assert not table or table in shown, key
        assert re.search(rf"^    {name} = ", shown, re.MULTILINE), key

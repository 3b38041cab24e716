"""From the TOML's values to the frozen shape: strict types, and a sentence for everything wrong."""

import difflib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from types import GenericAlias
from typing import Any, get_args, get_origin

from cattrs import Converter
from cattrs.errors import (
    AttributeValidationNote,
    BaseValidationError,
    ClassValidationError,
    ForbiddenExtraKeysError,
    IterableValidationError,
    IterableValidationNote,
)
from cattrs.gen import make_dict_structure_fn, override

from bot.config.shape import Config, PlaceTable
from bot.config.values import HOOKS, Wrong
from bot.policy import Place

KEYS = {"people": "person", "destinations": "destination"}
"""Attributes that the file spells otherwise: `[[person]]` reads well, `config.people` too."""

Hook = Callable[[Any, Any], Any]


def structure(raw: Mapping[str, Any]) -> Config:
    """Make the configuration of values without faults."""
    return _converter().structure(raw, Config)


def faults_of(raw: Mapping[str, Any]) -> list[str]:
    """Say everything that is wrong with the values, each as `key.path: sentence`."""
    try:
        structure(raw)
    except BaseValidationError as error:
        return list(_sentences(error, ""))
    return []


def _sentences(problem: Exception, path: str) -> Iterator[str]:
    if isinstance(problem, ClassValidationError | IterableValidationError):
        with_notes, without = problem.group_exceptions()
        for inner, note in with_notes:
            yield from _sentences(inner, _extended(path, note))
        for inner in without:
            yield from _sentences(inner, path)
    elif isinstance(problem, ForbiddenExtraKeysError):
        for key in sorted(problem.extra_fields):
            yield f"{_joined(path, key)}: is not a known key{_meant(key, problem.cl)}"
    elif isinstance(problem, KeyError):
        yield f"{path}: is missing"
    else:
        yield f"{path}: {problem}"


def _extended(path: str, note: AttributeValidationNote | IterableValidationNote) -> str:
    if isinstance(note, AttributeValidationNote):
        return _joined(path, KEYS.get(note.name, note.name))
    return f"{path}[{note.index}]" if isinstance(note.index, int) else _joined(path, note.index)


def _joined(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _meant(key: str, shape: Any) -> str:
    known = [KEYS.get(one.name, one.name) for one in fields(shape)]
    close = difflib.get_close_matches(key, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _converter() -> Converter:
    converter = Converter(detailed_validation=True, forbid_extra_keys=True)
    converter.register_structure_hook_factory(is_dataclass, lambda cls: _table(converter, cls))
    converter.register_structure_hook_factory(_is_mapping, lambda cls: _mapping(converter, cls))
    converter.register_structure_hook_factory(_is_tuple, lambda cls: _list(converter, cls))
    converter.register_structure_hook(
        Place, lambda value, _: converter.structure(value, PlaceTable).place()
    )
    for shape, hook in HOOKS.items():
        converter.register_structure_hook(shape, hook)
    return converter


def _is_mapping(shape: Any) -> bool:
    return get_origin(shape) is Mapping


def _is_tuple(shape: Any) -> bool:
    return get_origin(shape) is tuple


def _table(converter: Converter, shape: Any) -> Hook:
    if shape is not Config:
        return _only(dict, "a table", make_dict_structure_fn(shape, converter))
    people, destinations = (override(rename=key) for key in KEYS.values())
    inner = make_dict_structure_fn(Config, converter, people=people, destinations=destinations)
    return _only(dict, "a table", inner)


def _mapping(converter: Converter, shape: Any) -> Hook:
    return _only(dict, "a table", converter.gen_structure_mapping(shape))


def _list(converter: Converter, shape: Any) -> Hook:
    items: Any = GenericAlias(list, get_args(shape)[:1])
    return _only(list, "a list", lambda value, _: tuple(converter.structure(value, items)))


def _only(wanted: type, name: str, inner: Hook) -> Hook:
    """Refuse values of another kind before cattrs takes a string for a list of letters."""

    def hook(value: Any, shape: Any) -> Any:
        if not isinstance(value, wanted):
            raise Wrong(f"must be {name}")
        return inner(value, shape)

    return hook

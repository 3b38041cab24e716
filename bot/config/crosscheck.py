"""What no single value shows: keys that contradict each other.

It works on the TOML's own values and passes over what has the wrong shape, so that these faults
are told together with those of single values.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from adapters.base import Destination

LONGEST_NAME = 100
"""Characters; names go into the core's requests, which take no more."""

LONGEST_QUESTION = 30
"""Seconds; announcements wait for the shop's answer."""


def crosscheck(raw: Mapping[str, Any]) -> list[str]:
    """Say everything that is wrong between keys, each as `key.path: sentence`."""
    return [
        *_helper(raw),
        *_long_names(raw),
        *_people_without_ids(raw),
        *_ids_of_two(raw),
        *_unknown_adapters(raw),
        *_same_destinations(raw),
        *_probe(raw),
        *_cut_off(raw),
    ]


def _helper(raw: Mapping[str, Any]) -> Iterator[str]:
    if raw.get("helper") == []:
        yield "helper: must name the command that runs pretix-maintenance"


def _long_names(raw: Mapping[str, Any]) -> Iterator[str]:
    for path, person in _tables(raw, "person"):
        name = person.get("name")
        if isinstance(name, str) and len(name) > LONGEST_NAME:
            yield f"{path}.name: must not be longer than {LONGEST_NAME} characters"


def _people_without_ids(raw: Mapping[str, Any]) -> Iterator[str]:
    for path, person in _tables(raw, "person"):
        if person.get("ids") == {}:
            yield f"{path}.ids: must hold at least one id, or the person can do nothing"


def _ids_of_two(raw: Mapping[str, Any]) -> Iterator[str]:
    owners: dict[tuple[str, str], str] = {}
    for path, person in _tables(raw, "person"):
        ids = person.get("ids")
        for adapter, identity in ids.items() if isinstance(ids, dict) else ():
            if not isinstance(identity, str):
                continue
            owner = owners.setdefault((adapter, identity), path)
            if owner != path:
                yield f'{path}.ids.{adapter}: "{identity}" is already the id of {owner}'


def _unknown_adapters(raw: Mapping[str, Any]) -> Iterator[str]:
    adapters = raw.get("adapters", {})
    for path, place in _tables(raw, "destination"):
        adapter = place.get("adapter")
        if isinstance(adapter, str) and isinstance(adapters, dict) and adapter not in adapters:
            yield f'{path}.adapter: there is no table [adapters.{adapter}] for "{adapter}"'


def _same_destinations(raw: Mapping[str, Any]) -> Iterator[str]:
    seen: dict[str, str] = {}
    for path, place in _tables(raw, "destination"):
        adapter, channel, thread = (place.get(key) for key in ("adapter", "channel", "thread"))
        if isinstance(adapter, str) and isinstance(channel, str):
            name = str(Destination(adapter, channel, thread))
            first = seen.setdefault(name, path)
            if first != path:
                yield f"{path}: is the same destination as {first}"


def _probe(raw: Mapping[str, Any]) -> Iterator[str]:
    probe = raw.get("probe")
    if not isinstance(probe, dict):
        return
    timeout = probe.get("timeout")
    if isinstance(timeout, int) and timeout > LONGEST_QUESTION:
        yield f"probe.timeout: must not be longer than {LONGEST_QUESTION} seconds"
    if "nginx_host" in probe and "nginx_url" not in probe:
        yield "probe.nginx_host: there is no nginx_url that it could be asked of"


def _cut_off(raw: Mapping[str, Any]) -> Iterator[str]:
    table = raw.get("cut_off")
    if isinstance(table, dict) and table.get("methods") == []:
        yield "cut_off.methods: must name at least one way to pay"


def _tables(raw: Mapping[str, Any], key: str) -> Iterator[tuple[str, dict[str, Any]]]:
    listed = raw.get(key)
    for index, table in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(table, dict):
            yield f"{key}[{index}]", table

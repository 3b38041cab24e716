"""The published structure of the Bot API, to hold what the fake sends and accepts against.

It knows names, types and which fields are required; not lengths, enumerations or sentences.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Json = dict[str, Any]
PLACE = Path(__file__).parents[3] / "shared" / "data" / "telegram" / "api.structure.json"
_PLAIN: dict[str, tuple[type, ...]] = {
    "Integer": (int,),
    "String": (str,),
    "Boolean": (bool,),
    "Float": (int, float),
}


class Structure:
    """Compares objects and calls with the structure; what does not fit is said in sentences."""

    def __init__(self, path: Path = PLACE) -> None:
        content = json.loads(path.read_text())
        self._methods: Mapping[str, Json] = content["methods"]
        self._types: Mapping[str, Json] = content["types"]

    def misfits(self, kinds: list[str], value: Any, where: str) -> list[str]:
        """What is wrong with a value that should be one of these kinds."""
        every = [list(self._misfits(kind, value, where)) for kind in kinds]
        return min(every, key=len)

    def call_misfits(self, method: str, params: Mapping[str, Any]) -> list[str]:
        """What is wrong with a request (form fields: JSON or text)."""
        fields = self._methods[method].get("fields", {})
        wrong = [f"{method}: {name} is no parameter" for name in params if name not in fields]
        for name, (kinds, required) in fields.items():
            if name in params:
                wrong += self.misfits(kinds, _read(kinds, params[name]), f"{method}.{name}")
            elif required:
                wrong.append(f"{method}: {name} is missing")
        return wrong

    def answer_misfits(self, method: str, result: Any) -> list[str]:
        """What is wrong with a result."""
        return self.misfits(self._methods[method]["returns"], result, method)

    def _misfits(self, kind: str, value: Any, where: str) -> Iterator[str]:
        if kind.startswith("Array of "):
            if not isinstance(value, list):
                yield f"{where}: {value!r} is no list"
                return
            for number, one in enumerate(value):
                yield from self._misfits(kind[9:], one, f"{where}[{number}]")
        elif kind in _PLAIN:
            is_flag = isinstance(value, bool)
            if not isinstance(value, _PLAIN[kind]) or is_flag != (kind == "Boolean"):
                yield f"{where}: {value!r} is no {kind}"
        elif kind != "InputFile":
            yield from self._object_misfits(kind, value, where)

    def _object_misfits(self, kind: str, value: Any, where: str) -> Iterator[str]:
        described = self._types[kind]
        if "subtypes" in described:
            yield from self.misfits(described["subtypes"], value, where)
            return
        if not isinstance(value, dict):
            yield f"{where}: {value!r} is no {kind}"
            return
        fields = described.get("fields", {})
        yield from (f"{where}: {kind} has no {name}" for name in value if name not in fields)
        for name, (kinds, required) in fields.items():
            if name in value:
                yield from self.misfits(kinds, value[name], f"{where}.{name}")
            elif required:
                yield f"{where}: {kind} needs {name}"


def _read(kinds: list[str], value: Any) -> Any:
    if kinds == ["String"] or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value

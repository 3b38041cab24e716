"""Write JSON text. Importing `json` costs more than the rest of a status run; writing is short."""

# C0 and C1 controls and the two Unicode line ends: no line of text survives them.
CONTROLS = (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)
_ESCAPES = {code: f"\\u{code:04x}" for code in CONTROLS} | {ord('"'): '\\"', ord("\\"): "\\\\"}


def dumps(value: object) -> str:
    """Return `value` (dict, list, tuple, str, int, bool or None) as JSON on one line.

    Text must hold no lone surrogates (`core.reading` refuses them at the door).

    Raises:
        TypeError: for any other type.
    """
    if isinstance(value, str):
        return f'"{value.translate(_ESCAPES)}"'
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list | tuple):
        return f"[{','.join([dumps(item) for item in value])}]"
    if isinstance(value, dict):
        return "{" + ",".join([f"{dumps(str(k))}:{dumps(v)}" for k, v in value.items()]) + "}"
    raise TypeError(f"{type(value).__name__} is not written as JSON")

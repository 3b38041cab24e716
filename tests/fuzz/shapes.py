"""Inputs: valid samples that were tampered with, as text, as JSON or as TOML, and plain noise."""

import copy
import json
import random
import re
from collections.abc import Iterator, Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

DEPTH = 20_000
BOMBS = (
    b"[" * (64 << 10),
    b'{"a":' * DEPTH,
    b"9" * (64 << 10),
    b'"' + b"\\ud800" * DEPTH,
    b"\\" * (64 << 10),
    b"\n" * (64 << 10),
    bytes(64 << 10),
    b"a." * (1 << 10) + b"a = 1",
    b"a=" + b"[" * DEPTH,
    b"\xff\xfe" * (32 << 10),
    b"e=1e" + b"9" * DEPTH,
)
"""Of every kind the one that is worst for somebody: deep, long, wide, half a character."""

HOSTILE: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**63, 10**30, 1e308, float("inf"), float("nan"), 0.5),
    *("", " ", "\0", "\ud800", "\u2028", "x" * 600, "😀", "null", "-0", "1e9999999", "١٢"),
    *("2026-11-29T22:00:00Z", "2026-11-29T22:00:00+01:00", "2026-02-30T00:00:00Z"),
    *("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "1969-12-31T23:59:59Z"),
    *("2026-11-29", "2026-W48-7", "20261129T220000Z", "2026-11-29T22:00:00.5Z", "0000-00-00"),
    *([], {}, [[]], [None], {"": None}, {"a": {"a": {"a": {}}}}, "on", "off", "telegram:1"),
)
TOKENS = (
    *(b"\0", b"\n", b"\r\n", b'"', b"'", b"\\", b"{", b"}", b"[", b"]", b"]]", b",", b":", b"="),
    *(b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\\ud800", b"\\u0000", b"%", b"&", b"+"),
    *(b"null", b"true", b"-1", b"1e400", b"NaN", b"Infinity", b"9" * 30, b"0", b" ", b"\t", b"#"),
    *(b"2026-11-29T22:00:00Z", b"--", b"@", b"/maintenance", b"until", b"lock", b"\xe2\x80\xae"),
)
LITERALS = (
    *("true", "-1", "0", "1.5", "inf", "nan", '""', '"\\u0000"', "[]", "{}", "[[]]", "'x'"),
    *("99999999999999999999", "9" * 5000, "2026-12-31", "22:00:00", "2026-12-31T20:00:00"),
    *("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00"),
    *("9999-12-31T23:59:59", "1970-01-01T00:00:00Z", "9998-12-31T23:59:59Z", '"Sun 24:00"'),
    *('"Sun 22:00"', '"Mon 05:00"', '"Europe/Amsterdam"', '"../../etc/passwd"', '"right"'),
    *('"UTC"', '"posixrules"', '"zone.tab"', '"Etc/"', '"7h"', '"0m"', '"6d23h59m"', '"99999m"'),
    *('"' + "n" * 300 + '"', "{a = 1}", "[1, 'a']", '"http://["', '"127.0.0.1:99999999999"'),
)


def noise() -> SearchStrategy[bytes]:
    """Anything at all."""
    return st.binary(max_size=300)


def tampered(samples: Sequence[bytes]) -> SearchStrategy[bytes]:
    """A sample, cut, joined, doubled and with strange bytes in it."""
    return _tampered(st.sampled_from(samples))


@st.composite
def _tampered(draw: DrawFn, samples: SearchStrategy[bytes]) -> bytes:
    content = draw(samples)
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(content)))
        end = min(start + draw(st.sampled_from((0, 1, 2, 8, 40, 1000))), len(content))
        middle = draw(
            st.one_of(
                st.just(b""),
                st.sampled_from(TOKENS),
                st.just(content[start:end] * 2),
                st.binary(max_size=4),
            )
        )
        content = content[:start] + middle + content[end:]
    return content


def json_like(samples: Sequence[Any]) -> SearchStrategy[bytes]:
    """A sample with other values in it, less or more of it; then perhaps tampered with as text."""
    whole = _json_like(st.sampled_from(samples))
    return st.one_of(whole, whole, _tampered(whole), noise())


@st.composite
def _json_like(draw: DrawFn, samples: SearchStrategy[Any]) -> bytes:
    return as_json(draw(changed(samples)), ascii_only=draw(st.booleans()))


@st.composite
def changed(draw: DrawFn, samples: SearchStrategy[Any]) -> Any:
    """A JSON value like a sample, with some of its parts replaced, taken out or put in twice."""
    value = {"root": copy.deepcopy(draw(samples))}
    for _ in range(draw(st.integers(0, 4))):
        places = list(_places(value))
        holder, key = places[draw(st.integers(0, len(places) - 1))]
        match draw(st.sampled_from(("hostile", "hostile", "text", "wrap", "drop", "other"))):
            case "hostile":
                holder[key] = copy.deepcopy(draw(st.sampled_from(HOSTILE)))
            case "text":
                holder[key] = draw(st.text(max_size=30))
            case "wrap":
                holder[key] = [holder[key]]
            case "other":
                holder[key] = copy.deepcopy(draw(samples))
            case "drop" if holder is not value:
                del holder[key]
    return value["root"]


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for key, held in list(inside):
        yield value, key
        if isinstance(held, dict | list):
            yield from _places(held)


def as_json(value: Any, *, ascii_only: bool = True) -> bytes:
    """The bytes; half characters as they would stand on the wire."""
    return json.dumps(value, ensure_ascii=ascii_only).encode(errors="surrogatepass")


def toml_like(samples: Sequence[str]) -> SearchStrategy[bytes]:
    """A sample whose values are others, or which was tampered with as text."""
    encoded = st.sampled_from([sample.encode() for sample in samples])
    return st.one_of(_reassigned(encoded), _tampered(_reassigned(encoded)), noise())


@st.composite
def _reassigned(draw: DrawFn, samples: SearchStrategy[bytes]) -> bytes:
    content = draw(samples)
    for _ in range(draw(st.integers(0, 3))):
        places = [match.span() for match in re.finditer(rb"(?<== )[^\n]+", content)]
        if not places:
            break
        start, end = places[draw(st.integers(0, len(places) - 1))]
        content = content[:start] + draw(st.sampled_from(LITERALS)).encode() + content[end:]
    return content


def spoilt(content: bytes, dice: random.Random, count: int) -> Iterator[bytes]:
    """Quickly made relatives of an input, each with one to three changes."""
    for _ in range(count):
        made = bytearray(content)
        for _ in range(dice.randint(1, 3)):
            at = dice.randrange(len(made) + 1)
            match dice.randrange(4):
                case 0:
                    made[at : at + 1] = bytes([dice.randrange(256)])
                case 1:
                    made[at:at] = dice.choice(TOKENS)
                case 2:
                    del made[at : at + dice.choice((1, 2, 10, 100))]
                case _:
                    start = dice.randrange(len(made) + 1)
                    made[at:at] = made[start : start + dice.choice((1, 4, 30))]
        yield bytes(made)

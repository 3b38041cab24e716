"""Telegram's HTML as its server reads it: a few tags, properly nested, all else escaped."""

import re

from tests.servers.telegram_chats import Json, bad, units

_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "s": "strikethrough",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "tg-time": "date_time",
}
_TOKEN = re.compile(r"<(/?)([a-z-]+)((?:\s+[a-z]+=\"[^\"]*\")*)>|<|&(lt|gt|amp|quot);|[^<&]+|&")
_ATTRIBUTE = re.compile(r"([a-z]+)=\"([^\"]*)\"")
_MEANING = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_FORMAT = re.compile(r"r|w?[dD]?[tT]?")
_FOUND_IN_TEXT = {
    "mention": re.compile(r"(?<!\w)@\w{3,32}"),
    "bot_command": re.compile(r"(?<![\w/])/[A-Za-z0-9_]{1,64}(?:@\w+)?"),
}
_CODE = {"code", "pre"}


def read_html(source: str, *, knows_times: bool = True) -> tuple[str, list[Json]]:
    """Text and entities; raises the server's refusal for what it cannot read."""
    text = ""
    open_tags: list[tuple[str, Json]] = []
    entities: list[Json] = []
    for token in _TOKEN.finditer(source):
        close, tag, attributes, name = token[1], token[2], token[3], token[4]
        if tag is None:
            if token[0] == "<":
                raise _unreadable("Unsupported start tag", token.start())
            text += _MEANING[name] if name else token[0]
        elif close:
            if not open_tags or open_tags[-1][0] != tag:
                raise _unreadable(f'Unmatched end tag "{tag}"', token.start())
            entity = open_tags.pop()[1]
            entity["length"] = units(text) - entity["offset"]
            if entity["length"]:
                entities.append(entity)
        else:
            if tag not in _TAGS or (tag == "tg-time" and not knows_times):
                raise _unreadable(f'Unsupported start tag "{tag}"', token.start())
            entity = {"type": _TAGS[tag], "offset": units(text), "length": 0}
            open_tags.append((tag, entity | _read_attributes(tag, attributes or "")))
    if open_tags:
        raise _unreadable(f'Can\'t find end tag corresponding to start tag "{open_tags[-1][0]}"', 0)
    return text, entities


def found_in(text: str, entities: list[Json]) -> list[Json]:
    """What the server finds by itself: mentions and commands, but not inside code."""
    covered = [
        (one["offset"], one["offset"] + one["length"]) for one in entities if one["type"] in _CODE
    ]
    found = []
    for kind, pattern in _FOUND_IN_TEXT.items():
        for match in pattern.finditer(text):
            offset = units(text[: match.start()])
            if not any(start <= offset < end for start, end in covered):
                found.append({"type": kind, "offset": offset, "length": units(match[0])})
    return found


def _read_attributes(tag: str, source: str) -> Json:
    attributes = dict(_ATTRIBUTE.findall(source))
    if tag != "tg-time":
        return {}
    if not attributes.get("unix", "").isdigit() or not _FORMAT.fullmatch(
        attributes.get("format", "")
    ):
        raise _unreadable('Tag "tg-time" must have proper attributes', 0)
    return {"unix_time": int(attributes["unix"]), "date_time_format": attributes["format"]}


def _unreadable(why: str, place: int) -> Exception:
    return bad(f"can't parse entities: {why} at byte offset {place}")

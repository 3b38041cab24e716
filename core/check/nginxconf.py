"""Read what `nginx -T` prints: every file of the configuration, as a tree of directives. Pure.

The grammar is nginx's own: words, quoted words, `;`, `{`, `}`, and comments to the line's end.
"""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from core.vocabulary import Value

_FILE = re.compile(r"^# configuration file (.+):$", re.MULTILINE)
_TOKEN = re.compile(
    r"""\s+ | \#[^\n]*
    | (?P<word>(?: \\. | \$\{[^}]*\} | [^\s;{}"'\\] )(?: \\. | \$\{[^}]*\} | [^\s;{}\\] )*)
    | "(?P<double>(?:\\.|[^"\\])*)" | '(?P<single>(?:\\.|[^'\\])*)'
    | (?P<mark>[;{}]) | .""",
    re.VERBOSE | re.DOTALL,
)
_DEEPEST = 20


class Directive(Value):
    """One directive: its words, its block's directives (None without a block), and its file."""

    __slots__ = ("args", "block", "file", "name")

    def __init__(
        self,
        name: str,
        args: list[str],
        block: "list[Directive] | None" = None,
        file: str = "",
    ) -> None:
        """Keep it."""
        self.name = name
        self.args = args
        self.block = block
        self.file = file

    def walk(self) -> "Iterator[Directive]":
        """Yield what is in its block, at any depth."""
        for one in self.block or ():
            yield one
            yield from one.walk()


def read(dump: str) -> list[Directive]:
    """Return the top level of the configuration, every `include` replaced by what it includes."""
    _, *parts = _FILE.split(dump)
    files = dict(zip(parts[::2], parts[1::2], strict=True))
    if not files:
        return []
    main = next(iter(files))
    return _Includer(files, main.rpartition("/")[0]).of(main, 0)


class _Includer:
    """Puts the files together; relative names begin where the main file is."""

    def __init__(self, files: dict[str, str], folder: str) -> None:
        self._files = files
        self._folder = folder

    def of(self, name: str, depth: int) -> list[Directive]:
        return self._expanded(parse(self._files[name], name), depth)

    def _expanded(self, found: list[Directive], depth: int) -> list[Directive]:
        whole: list[Directive] = []
        for one in found:
            if one.name == "include" and one.args and depth < _DEEPEST:
                names = self._named(one.args[0])
                whole += [inner for name in names for inner in self.of(name, depth + 1)]
                continue
            block = None if one.block is None else self._expanded(one.block, depth)
            whole.append(Directive(one.name, one.args, block, one.file))
        return whole

    def _named(self, pattern: str) -> list[str]:
        wanted = pattern if pattern.startswith("/") else f"{self._folder}/{pattern}"
        return sorted(name for name in self._files if _fits(name.split("/"), wanted.split("/")))


def _fits(name: list[str], pattern: list[str]) -> bool:
    # Part by part: a star does not reach over a slash.
    return len(name) == len(pattern) and all(map(fnmatchcase, name, pattern))


def parse(text: str, file: str = "") -> list[Directive]:
    """Return the directives of one file's text; what is not well formed is left out."""
    return _block(_tokens(text), file)


def _block(tokens: Iterator[tuple[str, str]], file: str) -> list[Directive]:
    found: list[Directive] = []
    words: list[str] = []
    for kind, part in tokens:
        if kind != "mark":
            words.append(part)
        elif part == "}":
            break
        else:
            block = _block(tokens, file) if part == "{" else None
            if words:
                found.append(Directive(words[0], words[1:], block, file))
            words = []
    return found


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind:
            yield kind, match.group(kind)

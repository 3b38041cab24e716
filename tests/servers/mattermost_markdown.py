"""Reads markdown as Mattermost's client does: what is shown, what is bold, who is called.

Not a whole parser; strict where an adapter could go wrong: what is left unescaped changes the text.
"""

import html
import re
from dataclasses import dataclass

LITERAL = re.compile(
    r"\\(?P<escaped>[\\`*{}\[\]()#+\-.!_>~|])"
    r"|(?<!`)(?P<fence>`+)(?!`)(?P<code>.+?)(?<!`)(?P=fence)(?!`)"
)
"""What is shown as it stands: a sign behind a backslash, and code."""
KEPT = "\ue000"
MENTION = re.compile(r"(?<![\w.])@([a-z0-9._-]*[a-z0-9])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Read:
    """What a person sees."""

    text: str
    strong: tuple[str, ...]
    called: tuple[str, ...]


def read(markdown: str, names: frozenset[str] = frozenset()) -> Read:
    """Read a message; `names` are the accounts that a mention would notify."""
    reader = _Reader()
    lines = [reader.line(line) for line in markdown.split("\n")]
    text = reader.restored("\n".join(lines)).replace("\u00a0", " ")
    everybody = names | {"all", "channel", "here"}
    called = tuple(
        name
        for name in MENTION.findall(reader.outside_code(markdown))
        if name.casefold().rstrip("._-") in everybody
    )
    strong = tuple(reader.restored(one) for one in reader.strong)
    return Read(text, strong, called)


class _Reader:
    def __init__(self) -> None:
        self.kept: list[str] = []
        self.strong: list[str] = []

    def keep(self, text: str) -> str:
        self.kept.append(text)
        return f"{KEPT}{len(self.kept) - 1}{KEPT}"

    def restored(self, text: str) -> str:
        def one(found: re.Match[str]) -> str:
            return self.kept[int(found[1])]

        while KEPT in text:
            text = re.sub(f"{KEPT}(\\d+){KEPT}", one, text)
        return text

    def outside_code(self, markdown: str) -> str:
        # A backslash does not stop a mention; code does.
        without_escapes = re.sub(r"\\`", "", markdown)
        return re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", " ", without_escapes)

    def line(self, line: str) -> str:
        if line.startswith("    "):
            return self.keep(line.strip())
        line = LITERAL.sub(self._literal, line)
        line = re.sub(r"^\s{0,3}#{1,6}\s*", "", line)
        line = re.sub(r"^\s{0,3}>\s?", "", line)
        line = re.sub(r"^\s{0,3}[-+*] ", "• ", line)
        line = re.sub(r"^\s{0,3}(\d+)[.)] ", "‣ ", line)
        line = re.sub(r"^\s{0,3}(-{3,}|={2,})\s*$", "────", line)
        return self._inline(line)

    def _literal(self, found: re.Match[str]) -> str:
        if found["escaped"]:
            return self.keep(found["escaped"])
        inner = found["code"]
        if inner.strip() and inner[0] == inner[-1] == " ":
            inner = inner[1:-1]
        return self.keep(inner)

    def _inline(self, line: str) -> str:
        addresses = re.compile(r"https?://[^\s<]+")
        line = addresses.sub(lambda found: self.keep(found[0]), line)
        line = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", line)

        def bold(found: re.Match[str]) -> str:
            self.strong.append(found[1])
            return found[1]

        line = re.sub(r"\*\*(?=\S)(.+?)(?<=\S)\*\*(?!\*)", bold, line)
        line = re.sub(r"\*(?=\S)(.+?)(?<=\S)\*", r"\1", line)
        line = re.sub(r"(?<!\w)__(?=\S)(.+?)(?<=\S)__(?!\w)", r"\1", line)
        line = re.sub(r"(?<!\w)_(?=\S)(.+?)(?<=\S)_(?!\w)", r"\1", line)
        line = re.sub(r"~~(.+?)~~", r"\1", line)
        line = re.sub(r"(?<!\d):[a-z_+-]+:", "(emoji)", line)
        line = re.sub(r"<(https?://[^>]*|[!@#][^>]*)>", "(link)", line)
        return html.unescape(line) if re.search(r"&#?\w+;", line) else line

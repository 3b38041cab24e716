"""What the operator's guide has people type."""

import re
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
GUIDE = DOCS / "operating.md"
GLASS = DOCS / "break-glass.md"


def commands() -> list[str]:
    """Give what the guide has a volunteer type, in its order."""
    chapter = GUIDE.read_text().partition("## Install")[2].partition("\n## ")[0]
    blocks = re.findall(r"^```sh\n(.*?)^```$", chapter, re.DOTALL | re.MULTILINE)
    return [line for block in blocks for line in block.splitlines() if line]


def include() -> str:
    """Give the line that the guide has a volunteer put into the server block."""
    found = re.search(r"^include snippets/\S+;$", GUIDE.read_text(), re.MULTILINE)
    assert found
    return found[0]


def by_hand(wish: str) -> str:
    """Give what the break-glass page has a person type in the state directory for a wish."""
    rows = (line.split(" | ") for line in GLASS.read_text().splitlines())
    (typed,) = [row[1] for row in rows if row[0].strip("| *") == wish]
    return typed.strip("`")

"""The operator's guide: short enough, and of things that exist. `make test-host` types it all."""

import re
from pathlib import Path

from tests.host import guide

SOURCE = Path(__file__).resolve().parents[2]


def test_a_staging_host_takes_at_most_ten_commands() -> None:
    typed = guide.commands()
    on_the_server = [guide.include()]
    assert typed[0].startswith("git clone")
    assert typed[-1].startswith("deploy/deploy.py --to staging")
    assert "--check" not in typed[-1]
    assert len(typed) + len(on_the_server) <= 10
    assert not [line for line in typed if "&&" in line or ";" in line or "|" in line]


def test_everything_that_is_copied_or_run_exists() -> None:
    makefile = (SOURCE / "Makefile").read_text()
    for line in guide.commands():
        words = line.split()
        if words[0] == "make":
            assert f"{words[1]}:" in makefile
        named = [word for word in words if word.startswith("deploy/") and ".example" in word]
        assert all((SOURCE / word).exists() for word in named), line


def test_every_playbook_that_the_guides_name_exists() -> None:
    for page in (SOURCE / "docs").glob("*.md"):
        for name in re.findall(r"--playbook=(\S+?\.yml)", page.read_text()):
            assert (SOURCE / "deploy" / name).is_file(), (page.name, name)


def test_the_break_glass_page_fits_a_screen_and_needs_no_program_of_ours() -> None:
    assert len(guide.GLASS.read_text().splitlines()) <= 45
    for wish in ("close the shop", "open the shop"):
        program, *files = guide.by_hand(wish).split()
        assert program in {"touch", "rm"}
        assert {"MAINTENANCE_MODE", "MAINTENANCE_MODE_LOCK"} <= set(files)

"""What the self-check found is shown in groups, within 100 columns, worst counted last."""

import json

from adapters.base import Finding, Severity
from bot.findings import Looked, as_json, as_text, is_wrong, of_faults, ok, warning, wrong

LOOKED = [
    Looked("config", ok("Fine.")),
    Looked("adapter chat", wrong("token", "Bad token.", "Make a new one.")),
    Looked("config", warning("odd", "Odd.", "Look.")),
]


def test_people_get_groups_marks_words_cures_and_a_sum() -> None:
    assert as_text(LOOKED).splitlines() == [
        "Config",
        "  ✔ ok      Fine.",
        "  ! warning Odd.",
        "            → Look.",
        "Adapter chat",
        "  ✘ wrong   Bad token.",
        "            → Make a new one.",
        "",
        "1 wrong, 1 to look at, 1 ok.",
    ]


def test_no_line_is_longer_than_100_columns_and_no_path_is_broken() -> None:
    path = "/a/rather-long/path" * 6
    text = as_text([Looked("x", wrong("y", "word " * 40, f"chmod 600 {path} " + "z " * 60))])
    assert path in text
    assert all(len(line) <= 100 or path in line for line in text.splitlines())


def test_machines_get_every_finding() -> None:
    assert json.loads(as_json(LOOKED))[1] == {
        "subject": "adapter chat",
        "severity": "wrong",
        "problem": "token",
        "sentence": "Bad token.",
        "cure": "Make a new one.",
    }


def test_a_warning_does_not_make_it_wrong() -> None:
    odd = Looked("shop", Finding("no-probe", Severity.WARNING, "Not asked.", "Add it."))
    assert not is_wrong([odd])
    assert is_wrong([odd, *of_faults(["language: is not a language"])])


def test_a_fault_of_the_configuration_is_a_finding() -> None:
    (found,) = of_faults(["language: is not a language"])
    assert (found.subject, found.finding.sentence) == ("config", "language: is not a language.")
    assert found.finding.cure

"""The modules whose every line must matter to a test, and the tests that judge each.

Each is judged by its own unit tests: a mutant must be noticed within a second, and what only a
search over the calendar finds in a minute deserves an example that says it. Only tests in the same
process see a mutant; those that start the installed program do not.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Subject:
    """A module, the packages that it needs, the tests that judge it, and what those import.

    What lies in `tests/` itself they always have.
    """

    source: str
    packages: tuple[str, ...]
    tests: tuple[str, ...]
    support: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What it is called on the command line and in the table."""
        return self.source.rpartition("/")[2].removesuffix(".py")

    @property
    def files(self) -> tuple[str, ...]:
        """Every file of tests that a run needs."""
        return (*self.tests, *self.support)


_BOT = ("bot", "adapters", "core")
_CORE = ("tests/unit/core/conftest.py",)
_END = ("tests/unit/bot/test_endtime.py",)

SUBJECTS = (
    Subject("bot/grammar.py", _BOT, ("tests/unit/bot/test_grammar.py",)),
    # The grammar's readers.
    Subject("bot/reading.py", _BOT, ("tests/unit/bot/test_chat_reading.py",)),
    Subject("bot/endtime.py", _BOT, _END),
    Subject("bot/moment.py", _BOT, _END),
    Subject("bot/amount.py", _BOT, _END),
    Subject("bot/policy.py", _BOT, ("tests/unit/bot/test_policy.py",)),
    Subject("core/windows.py", ("core",), ("tests/unit/core/test_windows.py",), _CORE),
    Subject("core/decision.py", ("core",), ("tests/unit/core/test_decision.py",), _CORE),
    # The journal, in two files.
    Subject("core/journal.py", ("core",), ("tests/unit/core/test_journal.py",), _CORE),
    Subject("core/tail.py", ("core",), ("tests/unit/core/test_journal.py",), _CORE),
    Subject(
        "core/reconcile.py",
        ("core",),
        ("tests/unit/core/test_reconcile.py", "tests/unit/core/test_operations.py"),
        _CORE,
    ),
)

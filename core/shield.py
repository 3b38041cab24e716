"""What keeps a run that changes something from being stopped, and from never ending.

Whoever starts the helper may send it signals: stopped while it holds the mutex, it would keep
every later run waiting. `signal` costs 6 ms, so only runs that may hold the mutex come here.
"""

import signal

from core.errors import ApplyError

SECONDS = 8  # less than the bot's patience
_IGNORED = (
    signal.SIGHUP,
    signal.SIGINT,
    signal.SIGQUIT,
    signal.SIGTERM,
    signal.SIGTSTP,
    signal.SIGTTIN,
    signal.SIGTTOU,
    signal.SIGPIPE,
    signal.SIGUSR1,
    signal.SIGUSR2,
    signal.SIGXCPU,
    signal.SIGXFSZ,
    signal.SIGVTALRM,
    signal.SIGPROF,
    signal.SIGIO,
)


class Late(ApplyError):
    """The run took too long and was given up; the next run finishes what it began."""


def raise_shield(seconds: int = SECONDS) -> None:
    """Ignore what could stop this process, and give up after `seconds`."""
    for number in _IGNORED:
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, _give_up)
    # A caller may have blocked the alarm.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})
    signal.alarm(seconds)


def lower_shield() -> None:
    """Let the alarm end the process: the work is done, and nobody may be reading the answer."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)


def _give_up(*_: object) -> None:
    raise Late(f"given up after {SECONDS} s; the next reconcile finishes what was begun")

"""What the public shop answers: the proof, or the warning that it is not as we say."""

from datetime import datetime, timedelta

from bot.messages.phrases import Phrases
from bot.probe import ProbeResult, Verdict
from bot.text import Text, foreign, lines

_HOST = 80
_FRESH = timedelta(minutes=1)
"""An answer younger than this is told as one of now."""


def agrees(probe: ProbeResult, *, closed: bool) -> bool:
    """Tell whether the shop answers as it must."""
    return probe.verdict is (Verdict.CLOSED if closed else Verdict.OPEN)


def checked(phrases: Phrases, probe: ProbeResult | None, *, closed: bool) -> Text:
    """Say what the shop answers when it must be closed, or open; nothing if nobody asked it."""
    if probe is None:
        return Text("")
    if agrees(probe, closed=closed):
        return phrases.say(
            "Checked: {host} answers {status}.", host=host(probe), status=str(probe.status)
        )
    return mismatch(phrases, probe, closed=closed)


def seen(phrases: Phrases, probe: ProbeResult | None, now: datetime, *, closed: bool) -> Text:
    """Say the same of an answer that may be older, with its time."""
    if probe is None:
        return Text("")
    if agrees(probe, closed=closed) and now - probe.at >= _FRESH:
        return phrases.say(
            "Checked {at}: {host} answers {status}.",
            at=phrases.when(probe.at, now),
            host=host(probe),
            status=str(probe.status),
        )
    return checked(phrases, probe, closed=closed)


def mismatch(phrases: Phrases, probe: ProbeResult, *, closed: bool) -> Text:
    """Warn that the shop does not answer as it must, of each address that does not."""
    others = (one for one in probe.others if not agrees(one, closed=closed))
    return lines(*(_mismatch(phrases, one, closed=closed) for one in (probe, *others)))


def _mismatch(phrases: Phrases, probe: ProbeResult, *, closed: bool) -> Text:
    name, status = host(probe), str(probe.status)
    match probe.verdict:
        case Verdict.OPEN:
            return phrases.say(
                "⚠️ But {host} still answers {status}: **the shop may be open.** Ask {contact}.",
                host=name,
                status=status,
            )
        case Verdict.CLOSED | Verdict.PAGE_WITH_200 if not closed:
            return phrases.say(
                "⚠️ But {host} still shows the closed page ({status}):"
                " **buyers cannot buy there.** Ask {contact}.",
                host=name,
                status=status,
            )
        case Verdict.PAGE_WITH_200:
            return phrases.say(
                "⚠️ But {host} shows the closed page as if all were well"
                " ({status} instead of 503). Ask {contact}.",
                host=name,
                status=status,
            )
        case Verdict.CERTIFICATE:
            return phrases.say(
                "⚠️ I could not check {host}: its certificate is not in order. Ask {contact}.",
                host=name,
            )
        case Verdict.UNREACHABLE:
            return phrases.say(
                "⚠️ I could not check {host}: it does not answer. If that stays so, ask {contact}.",
                host=name,
            )
    return _foreign_page(phrases, name, status, closed=closed)


def _foreign_page(phrases: Phrases, name: str, status: str, *, closed: bool) -> Text:
    if closed:
        return phrases.say(
            "⚠️ But {host} answers {status} with a page that is not our closed page:"
            " **I cannot tell whether the shop is closed.** Ask {contact}.",
            host=name,
            status=status,
        )
    return phrases.say(
        "⚠️ But {host} answers {status} with a page that is not the shop:"
        " **buyers cannot buy there.** Ask {contact}.",
        host=name,
        status=status,
    )


def host(probe: ProbeResult) -> str:
    """Return the name of the shop that was asked."""
    return foreign(probe.host, _HOST)

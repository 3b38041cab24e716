"""What is wrong with the machine itself: words for what the bot knows by name."""

from bot.messages.phrases import Phrases
from bot.text import Piece


def wrong(phrases: Phrases, subject: str, since: Piece) -> Piece:
    """Say it, or nothing if it has no words of its own."""
    match subject:
        case "clock":
            return phrases.say(
                "⚠️ Since {since} the server's clock may be wrong: the shop may close and open at"
                " the wrong moment.",
                since=since,
            )
        case "timer":
            return phrases.say(
                "⚠️ Since {since} the server does not start the closings by itself: the shop may"
                " close and open a little late.",
                since=since,
            )
    return _wrong_with_the_bot(phrases, subject, since)


def _wrong_with_the_bot(phrases: Phrases, subject: str, since: Piece) -> Piece:
    match subject:
        case "metrics":
            return phrases.say(
                "⚠️ Since {since} the monitoring cannot ask me how I am.", since=since
            )
        case "journal":
            return phrases.say(
                "⚠️ Since {since} I cannot read what happens to the shop: closings and openings are"
                " not told until I can again.",
                since=since,
            )
        case "database":
            return phrases.say(
                "⚠️ Since {since} my own notes are gone: they were damaged, and I began new ones."
                " What was still to be told may be missing.",
                since=since,
            )
        case "ping":
            return phrases.say("⚠️ Since {since} the monitoring does not hear me.", since=since)
    return ""


def over(phrases: Phrases, subject: str) -> Piece:
    """Say that it is over, or nothing if it has no words of its own."""
    match subject:
        case "clock":
            return phrases.say("✅ The server's clock is right again.")
        case "timer":
            return phrases.say("✅ The server starts the closings by itself again.")
        case "journal":
            return phrases.say("✅ I can read again what happens to the shop, and tell it.")
    return ""

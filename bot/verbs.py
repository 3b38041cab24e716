"""The words that may follow `/maintenance`: English and Dutch, whatever the chat's language."""

from bot.commands import Verb

VERBS = {
    "lock": Verb.LOCK,
    "vergrendel": Verb.LOCK,
    "unlock": Verb.UNLOCK,
    "ontgrendel": Verb.UNLOCK,
    "status": Verb.STATUS,
    "history": Verb.HISTORY,
    "geschiedenis": Verb.HISTORY,
    "schedule": Verb.SCHEDULE,
    "rooster": Verb.SCHEDULE,
    "whoami": Verb.WHOAMI,
    "wieben": Verb.WHOAMI,
    "help": Verb.HELP,
    "hulp": Verb.HELP,
    "?": Verb.HELP,
}
"""What does something."""

HARMLESS = {word: verb for word, verb in VERBS.items() if verb not in {Verb.LOCK, Verb.UNLOCK}}
"""What may be followed by a full stop or a question mark; "lock?" is a question, not an order."""

_MEANING_LOCK = (
    "on close closed closing shut start begin aan dicht sluit sluiten slot dichtdoen activeer hold"
)
_MEANING_UNLOCK = (
    "off open opened opening reopen stop end release unhold uit opendoen heropen openen"
)
SYNONYMS = dict.fromkeys(_MEANING_LOCK.split(), Verb.LOCK) | dict.fromkeys(
    _MEANING_UNLOCK.split(), Verb.UNLOCK
)
"""What is explained and never run: half of the people mean the shop, half mean the maintenance."""

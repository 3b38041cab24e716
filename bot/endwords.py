"""The words of the wished end of a lock, English and Dutch, as `bot.reading` compares them."""

from datetime import timedelta

FOR = frozenset({"for", "voor", "gedurende"})
UNTIL = frozenset({"until", "untill", "till", "til", "'til", "tot"})
SINCE = frozenset({"since", "sinds"})
"""What follows these is a beginning, so it is no end that lacks its "until"."""

ENDLESS = frozenset(
    {
        ("further", "notice"),
        ("unlock",),
        ("unlocked",),
        ("unlocked", "again"),
        ("nader", "order"),
        ("nader", "bericht"),
        ("verdere", "berichtgeving"),
    }
)
"""After "until": what every lock without an end does anyway."""

FILLERS = frozenset({"at", "om", "on", "op", "and", "en", "&"})
ARTICLES = frozenset({"a", "an", "een", "één", "one"})
UTC_NAMES = frozenset({"utc", "gmt", "z"})

_UNITS = {
    timedelta(seconds=1): "s sec secs second seconds seconde seconden",
    timedelta(minutes=1): "m min mins minute minutes minuut minuten",
    timedelta(hours=1): "h hr hrs hour hours u uur uren",
    timedelta(days=1): "d day days dag dagen",
    timedelta(weeks=1): "w wk wks week weeks weken",
}
UNITS = {name: unit for unit, names in _UNITS.items() for name in names.split()}

_WEEKDAYS = (
    "mon monday ma maandag",
    "tue tues tuesday di dinsdag",
    "wed wednesday wo woensdag",
    "thu thur thurs thursday do donderdag",
    "fri friday vr vrijdag",
    "sat saturday za zaterdag",
    "sun sunday zo zondag",
)
WEEKDAYS = {name: number for number, names in enumerate(_WEEKDAYS) for name in names.split()}

DAYS_AHEAD = {"today": 0, "vandaag": 0, "tomorrow": 1, "morgen": 1, "overmorgen": 2}

_MONTHS = (
    "jan january januari",
    "feb february februari",
    "mar march mrt maart",
    "apr april",
    "may mei",
    "jun june juni",
    "jul july juli",
    "aug august augustus",
    "sep sept september",
    "oct october okt oktober",
    "nov november",
    "dec december",
)
MONTHS = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}

_NUMBERS = (
    "two three four five six seven eight nine ten eleven twelve half "
    "twee drie vier vijf zes zeven acht negen tien elf twaalf anderhalf anderhalve"
)
NUMBERS = frozenset(_NUMBERS.split())

_TIMES_OF_DAY = (
    "noon midnight morning afternoon evening night tonight weekend quarter next "
    "middag middernacht ochtend avond nacht vanavond vannacht vanmiddag kwart volgende"
)
_OTHER_MEANINGS = frozenset({"may", "second", "on"})

TIMEY = (
    frozenset(_TIMES_OF_DAY.split())
    | NUMBERS
    | WEEKDAYS.keys()
    | DAYS_AHEAD.keys()
    | MONTHS.keys()
    | {name for name in UNITS if len(name) > 1}
) - _OTHER_MEANINGS
"""Words that make what follows "until" look like an end rather than a condition."""

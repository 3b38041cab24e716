"""Runs inside pretix's own environment: the models are ready, and a question waits on stdin."""
# Django and pretix are not installed where mypy runs:
# mypy: ignore-errors

import json
import os
import sys
from typing import Any

import django

_kept = []
"""What must live as long as the process."""


def begin() -> Any:
    """Return what the test asks, with pretix loaded and every organizer's data in reach."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pretix.settings")
    django.setup()
    from django_scopes import scopes_disabled  # noqa: PLC0415 - only once Django is set up

    _kept.append(scopes_disabled())
    _kept[0].__enter__()
    return json.load(sys.stdin)


def end(answer: object) -> None:
    """Hand the answer back; whatever else was printed stands before it."""
    print("\n" + json.dumps(answer))

"""What the shop answers, as a visitor's browser would hear it."""

import http.client
from pathlib import Path
from urllib.parse import urlsplit

PATIENCE = 3.0
"""Seconds that the shop may take."""


def ask(url: str) -> str:
    """Ask the shop and tell its answer in one line; no answer is one too."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE)
    try:
        connection.request("GET", parts.path)
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException) as error:
        return f"the shop does not answer: {error}"
    finally:
        connection.close()
    later = answer.getheader("Retry-After")
    hint = f", come back in {later} s" if later else ""
    return f"the shop answers: {answer.status} {answer.reason}{hint}"


class ChangeTeller:
    """Tells the shop's answer when the shop changed since it was last told."""

    def __init__(self, url: str, marker: Path) -> None:
        """Start from how it is now."""
        self._url = url
        self._marker = marker
        self._closed = marker.exists()

    def news(self) -> str | None:
        """Give the shop's answer, or None if nothing changed."""
        closed = self._marker.exists()
        if closed == self._closed:
            return None
        self._closed = closed
        return ask(self._url)

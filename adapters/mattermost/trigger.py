"""`trigger_id`: the only thing in a slash command or a press that is unique, timed and signed.

It is base64 of `id:user:milliseconds:signature`; the signature is ECDSA (P-256, SHA-256) over what
stands before it, with the last colon, and its key is in the server's public configuration.
"""

import base64
import binascii
import hashlib
import importlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from adapters.mattermost.errors import Garbled
from adapters.mattermost.options import ID
from adapters.mattermost.records import instant

FRESH: Final = timedelta(seconds=30)


class Forged(Exception):
    """The server did not sign this, or not for this user, or not just now."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger_id taken apart; what it says is only as true as its signature was looked at."""

    user: str
    at: datetime
    signed: bytes
    signature: bytes


def digest(trigger_id: str) -> str:
    """Give a short name that is the same when the same request comes again."""
    return hashlib.sha256(trigger_id.encode()).hexdigest()[:32]


def parse(trigger_id: str) -> Trigger | None:
    """Take it apart; None if it has another form, as another version might send."""
    try:
        text = base64.b64decode(trigger_id, validate=True).decode("ascii")
        _, user, milliseconds, signature = text.split(":")
        at = instant(int(milliseconds))
        raw = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError, Garbled):
        return None
    if not ID.fullmatch(user):
        return None
    return Trigger(user, at, text[: text.rindex(":") + 1].encode(), raw)


def verify(trigger_id: str, *, user: str, key: str, now: datetime) -> None:
    """Look at the signature; needs the package cryptography.

    Raises:
        Forged: see there.
    """
    trigger = parse(trigger_id)
    if trigger is None or trigger.user != user:
        raise Forged("of another form or user")
    if abs(now - trigger.at) > FRESH:
        raise Forged("too old")
    # Optional, and 10 MB of memory: only for those who switch this on.
    hazmat = "cryptography.hazmat.primitives"
    ec = importlib.import_module(f"{hazmat}.asymmetric.ec")
    hashes = importlib.import_module(f"{hazmat}.hashes")
    serialization = importlib.import_module(f"{hazmat}.serialization")
    invalid = importlib.import_module("cryptography.exceptions").InvalidSignature
    try:
        public = serialization.load_der_public_key(base64.b64decode(key))
    except (ValueError, binascii.Error):
        raise Forged("the server's key is unreadable") from None
    if not isinstance(public, ec.EllipticCurvePublicKey):
        raise Forged("the server's key is of another kind")
    try:
        public.verify(trigger.signature, trigger.signed, ec.ECDSA(hashes.SHA256()))
    except invalid:
        raise Forged("not signed by the server") from None

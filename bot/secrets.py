"""Find secrets by reference, and remember their values so that no log shows them.

A configuration names where a secret is, never the secret itself:

    credential:NAME   a systemd credential: the file NAME in $CREDENTIALS_DIRECTORY
    file:PATH         a file that not everybody on the machine can read
    env:NAME          an environment variable, for containers and tries
"""

import stat
from collections.abc import Mapping
from pathlib import Path

from adapters.base import Fault, SettingsError

LARGEST = 65536
"""Bytes; a file larger than this is not a secret but a mistake."""


class Secrets:
    """Turns references into values; its call is what `adapters.base.Settings.secret` holds."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        """Look things up in this environment."""
        self._environ = environ
        self._known: set[str] = set()

    @property
    def known(self) -> frozenset[str]:
        """Give every value handed out so far, for the log's redaction."""
        return frozenset(self._known)

    def __call__(self, reference: str) -> str:
        """Give the value behind `reference`.

        Raises:
            SettingsError: it is no reference, or there is no usable secret behind it. The sentence
                repeats names, never what might be a secret.
        """
        scheme, _, name = reference.partition(":")
        if scheme == "credential":
            value = self._credential(name)
        elif scheme == "file":
            value = _file(Path(name), reference)
        elif scheme == "env":
            value = self._variable(name)
        else:
            # What stands here may be the secret itself, so it is not quoted.
            raise _fault(
                "secret", "is not a reference; write credential:NAME, file:PATH or env:NAME"
            )
        value = value.strip()
        if not value:
            raise _fault(reference, "is empty")
        self._known.add(value)
        return value

    def _credential(self, name: str) -> str:
        reference = f"credential:{name}"
        folder = self._environ.get("CREDENTIALS_DIRECTORY")
        if folder is None:
            raise _fault(
                reference,
                "there are no credentials; under systemd add LoadCredential= to the unit, "
                "elsewhere write file:PATH",
            )
        if not name or "/" in name or name in {".", ".."}:
            raise _fault(reference, "is not the plain name of a credential")
        # systemd made this folder for this unit alone; it may show other mode bits than a file's.
        return _read(Path(folder) / name, reference)

    def _variable(self, name: str) -> str:
        if name not in self._environ:
            raise _fault(f"env:{name}", "is not set")
        return self._environ[name]


def _file(path: Path, reference: str) -> str:
    try:
        found = path.stat()
    except OSError as error:
        raise _fault(reference, f"cannot be read: {error.strerror}") from error
    if not stat.S_ISREG(found.st_mode):
        raise _fault(reference, "is not a file")
    if found.st_mode & stat.S_IRWXO:
        raise _fault(reference, "is open to everybody on this machine; chmod o-rwx it")
    return _read(path, reference)


def _read(path: Path, reference: str) -> str:
    try:
        with path.open("rb") as stream:
            content = stream.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise _fault(reference, "is too large to be a secret")
        return content.decode()
    except OSError as error:
        raise _fault(reference, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        # Not chained: the error would carry the bytes.
        raise _fault(reference, "is not text") from None


def _fault(key: str, sentence: str) -> SettingsError:
    return SettingsError([Fault(key, sentence)])

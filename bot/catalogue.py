"""The gettext catalogues, read from their `.po` files and compiled in memory."""

import gettext
import io
from functools import cache
from importlib.resources import files

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

DOMAIN = "pretix-maintenance"


def source(language: str) -> Catalog:
    """Read a language's `.po` file."""
    path = files("bot").joinpath("locale", language, "LC_MESSAGES", f"{DOMAIN}.po")
    return read_po(
        io.BytesIO(path.read_bytes()), locale=language, domain=DOMAIN, abort_invalid=True
    )


@cache
def translations(language: str) -> gettext.GNUTranslations:
    """Return a language's translations; English ones are the message ids themselves."""
    compiled = io.BytesIO()
    write_mo(compiled, source(language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)

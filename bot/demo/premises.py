"""The demo's shop: a real nginx where there is one, the built-in stand-in otherwise."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from bot.demo import greeting, nginx
from bot.demo.folder import DemoFolder
from bot.shop import StandInShop


class Shop(Protocol):
    """A shop that follows the marker."""

    def start(self) -> str:
        """Open it and return its address."""

    def stop(self) -> None:
        """Close it down for good."""


@contextmanager
def opened(folder: DemoFolder, *, program: str | None, stand_in: bool) -> Iterator[tuple[str, str]]:
    """Open the best shop there is, until the end; give its address, and say what it is.

    `program` is nginx's, if it was found; with `stand_in` it is not used all the same.

    Raises:
        OSError: not even the stand-in can be opened.
    """
    shop, url, kind = _choose(folder, program, stand_in=stand_in)
    try:
        yield url, kind
    finally:
        shop.stop()


def _choose(folder: DemoFolder, program: str | None, *, stand_in: bool) -> tuple[Shop, str, str]:
    if program is not None and not stand_in:
        real = nginx.NginxShop(program, folder.nginx)
        try:
            return real, real.start(), greeting.NGINX
        except (nginx.NginxFailed, OSError) as error:
            kind = greeting.NGINX_FAILED.format(why=error)
    else:
        kind = greeting.STAND_IN if stand_in else greeting.NO_NGINX
    shop = StandInShop(folder.marker)
    return shop, shop.start(), kind

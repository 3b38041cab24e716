"""Does nginx look for the marker, everywhere, and does it act on it?

A marker proves nothing: the shop is closed when nginx says so. So the configuration is read, and
then nginx is asked.
"""

import os
import pwd
import re
import stat
from collections.abc import Iterable, Iterator

from core import marker
from core.check import nginxconf
from core.check.asking import Answer, ask
from core.check.finding import WRONG, Finding, ok, warning, wrong
from core.check.scene import Scene
from core.check.servers import Server, servers, worker_user
from core.places import PAGE

_INCLUDE = "include snippets/pretix-maintenance*.conf;"
_RELOAD = "nginx -t && systemctl reload nginx"
_UNAVAILABLE = 503
_NOT_FOUND = 404
_MOST = 20
"""Server blocks that are asked; each may take some seconds."""


def look(scene: Scene) -> Iterator[Finding]:
    """Look at everything about nginx."""
    told = scene.run("nginx", "-T")
    if told.code is None:
        cure = "If another web server serves the shop, make it answer 503 while the marker exists."
        yield warning("nginx", f"nginx is not looked at: {told.complaint}.", cure)
        return
    if not told.good:
        if os.geteuid():
            sentence = "Only root can read the whole configuration of nginx."
            yield warning("nginx", sentence, "Run this as root.")
        else:
            sentence = f"nginx refuses its configuration: {_first_fault(told.err)}."
            yield wrong("nginx", sentence, "Correct it, until nginx -t says that it is ok.")
        return
    tree = nginxconf.read(told.out)
    found = [*servers(tree)]
    shop = [one for one in found if one.markers]
    yield from included(found, scene.marker)
    yield from cached(shop)
    yield from ordered(shop)
    yield from _reached(scene, shop, worker_user(tree) or _compiled_user(scene))
    for one in [one for one in shop if scene.marker in one.markers][:_MOST]:
        yield _asked(scene, one)


def _first_fault(complaints: str) -> str:
    lines = [line for line in complaints.splitlines() if "[emerg]" in line]
    return lines[0].partition("[emerg]")[2].strip() if lines else "see nginx -t"


def included(found: list[Server], path: str) -> Iterator[Finding]:
    """Every server block that leads to the shop must look for the marker at `path`."""
    shop = [one for one in found if path in one.markers]
    for one in found:
        for other in sorted(one.markers - {path}):
            sentence = f"The server block for {one.title} looks for {other}, not for {path}."
            yield wrong("nginx-path", sentence, f"Correct the path there, then {_RELOAD}.")
    if not shop:
        sentence = f"No server block of nginx looks for {path}: closing has no effect."
        yield wrong("nginx", sentence, f"Add `{_INCLUDE}` to the shop's, then {_RELOAD}.")
    behind = frozenset(target for one in shop for target in one.targets)
    for one in found:
        if one.targets and not one.markers:
            yield _without(one, is_the_shops=bool(one.targets & behind))
    if shop:
        yield ok("nginx", f"nginx looks for the marker for {', '.join(o.title for o in shop)}.")


def _without(one: Server, *, is_the_shops: bool) -> Finding:
    cure = f"Add `{_INCLUDE}` at the end of that block, then {_RELOAD}."
    if is_the_shops:
        sentence = f"The server block for {one.title} leads to the shop and never closes."
        return wrong("nginx-include", sentence, cure)
    sentence = f"The server block for {one.title} passes requests on and never closes."
    return warning("nginx-include", sentence, f"If it serves the shop: {cure[0].lower()}{cure[1:]}")


def cached(shop: list[Server]) -> Iterator[Finding]:
    """A file that nginx remembers is not looked at again: it sees the marker come and go late."""
    for one in shop:
        if one.validity:
            yield warning(
                "nginx-cache",
                f"nginx remembers files for {one.title} (open_file_cache), so it sees the marker "
                f"up to {one.validity} late.",
                f"Add `open_file_cache off;` to that server block, then {_RELOAD}.",
            )


def ordered(shop: list[Server]) -> Iterator[Finding]:
    """The snippet must come last: while the shop is open, what follows it is left out."""
    for one in shop:
        if one.late:
            yield warning(
                "nginx-order",
                f"In the server block for {one.title} these come after the snippet, and do nothing "
                f"while the shop is open: {'; '.join(one.late)}.",
                f"Move the include below them, then {_RELOAD}.",
            )


def _compiled_user(scene: Scene) -> str:
    match = re.search(r"--user=(\S+)", scene.run("nginx", "-V").err)
    return match.group(1) if match else "nobody"


def _reached(scene: Scene, shop: list[Server], user: str) -> Iterator[Finding]:
    """A marker that the workers cannot see leaves the shop open, without a line in any log."""
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        yield warning("nginx-user", f"There is no user {user} for nginx's workers.", "See nginx -T")
        return
    groups = frozenset(os.getgrouplist(user, entry.pw_gid))
    shut = [part for part in _folders(scene.state_path) if not may(part, entry.pw_uid, groups, 1)]
    for part in shut:
        sentence = f"nginx's workers ({user}) may not enter {part}, so they never see the marker."
        yield wrong("nginx-reach", sentence, f"chmod o+x {part}")
    if not shut:
        yield ok("nginx-reach", f"nginx's workers ({user}) can see the marker.")
    for page in sorted({one.page for one in shop if one.page}):
        if not may(page, entry.pw_uid, groups, 4):
            sentence = f"nginx's workers ({user}) may not read {page}: a 503 without a page."
            yield warning("nginx-page", sentence, "Run the site playbook again, or chmod o+r it.")


def _folders(path: str) -> Iterator[str]:
    way = ""
    for part in path.rstrip("/").split("/"):
        way = f"{way.rstrip('/')}/{part}"
        if os.path.exists(way):
            yield way


def may(path: str, uid: int, groups: Iterable[int], bit: int) -> bool:
    """Tell whether a user has the permission (4 read, 1 enter) by owner, group or others.

    What is not there is not permitted.
    """
    try:
        info = os.stat(path)
    except OSError:
        return False
    if uid == 0:
        return True
    mode = stat.S_IMODE(info.st_mode)
    if info.st_uid == uid:
        return bool(mode >> 6 & bit)
    return bool((mode >> 3 if info.st_gid in groups else mode) & bit)


def _asked(scene: Scene, one: Server) -> Finding:
    if not one.listens:
        sentence = f"nginx cannot be asked from here about {one.title}: it listens on a socket."
        return warning("nginx-answer", sentence, "Open the shop in a browser.")
    name = asked_name(one.names)
    if name is None:
        sentence = f"nginx cannot be asked from here about {one.title}: its name is a pattern."
        return warning("nginx-answer", sentence, "Open the shop in a browser.")
    place = min(one.listens, key=lambda listen: not listen.tls)
    closed = _is_closed(scene)
    answer = ask(place, name)
    if _is_closed(scene) != closed:
        # An edge came in between.
        closed = not closed
        answer = ask(place, name)
    found = judged(one.title, answer, closed=closed)
    if closed or found.severity == WRONG:
        return found
    facts = ask(place, name, f"/{PAGE}")
    return found if _is_closed(scene) else unread(one.title, facts) or found


def _is_closed(scene: Scene) -> bool:
    return marker.look(scene.home)[1] if scene.home else False


def asked_name(names: list[str]) -> str | None:
    """Return a host name that leads to the block with these, None if nobody can tell one."""
    for name in names:
        if name.startswith("."):
            return name[1:]
        if not name.startswith("~") and not name.endswith(".*"):
            return name.replace("*", "check", 1)
    return None if names else "localhost"


def unread(title: str, facts: Answer) -> Finding | None:
    """Say so if nginx does not know the include: `facts` is its answer for the page's facts.

    The files say what nginx will do once it reads them. While the shop is open nothing else tells.
    """
    if facts.status == _NOT_FOUND and facts.no_store:
        return None
    sentence = f"nginx has not read its configuration for {title} since it was changed."
    return wrong("nginx-read", sentence, _RELOAD)


def judged(title: str, answer: Answer, *, closed: bool) -> Finding:
    """Say what an answer means; `closed`: the marker exists."""
    says = f"nginx answers {answer.status} for {title}"
    if answer.fault:
        sentence = f"nginx does not answer for {title}: {answer.fault}."
        return wrong("nginx-answer", sentence, "systemctl status nginx; systemctl restart nginx")
    shut = answer.status == _UNAVAILABLE
    if closed and not shut:
        cure = f"{_RELOAD}; then look for a `return` or `rewrite` before the include."
        return wrong("nginx-answer", f"The shop should be closed, but {says}.", cure)
    if closed and not answer.retry:
        cure = f"Add `{_INCLUDE}` in the place of what answers now, then {_RELOAD}."
        return warning("nginx-answer", f"{says}, without Retry-After.", cure)
    if not closed and shut and answer.retry:
        return wrong("nginx-answer", f"The shop should be open, but {says}.", _RELOAD)
    if not closed and answer.status >= 500:  # noqa: PLR2004 - the server's own errors
        sentence = f"{says}: not maintenance, the shop itself is down."
        return warning(
            "nginx-answer", sentence, "systemctl status pretix-web; journalctl -u pretix-web"
        )
    return ok(
        "nginx-answer", f"{says}, as it must while the shop is {'closed' if closed else 'open'}."
    )

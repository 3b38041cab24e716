"""The role's templates, rendered as Ansible renders them."""

import base64
import functools
import hashlib
import re
from pathlib import Path

import jinja2

TEMPLATES = Path(__file__).parents[2] / "deploy/roles/pretix_maintenance/templates"
SNIPPET = "nginx.conf.j2"
PAGE = "pretix-maintenance.html.j2"
ASSOCIATION = "S.V. Voorbeeld"


@functools.cache
def render(name: str, **variables: str) -> str:
    """Render a template; a variable that it asks for and does not get is an error."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # as Ansible: the templates escape what they must
    )
    return environment.get_template(name).render(ansible_managed="Ansible managed", **variables)


def snippet(state: Path, pages: Path) -> str:
    """Render the nginx snippet for these folders."""
    return render(
        SNIPPET,
        pretix_maintenance_state_dir=str(state),
        pretix_maintenance_page_dir=str(pages),
    )


def page(association: str = ASSOCIATION, logo: str = "") -> str:
    """Render the maintenance page."""
    return render(PAGE, pretix_maintenance_association=association, pretix_maintenance_logo=logo)


def inline_hashes(html: str) -> dict[str, str]:
    """Return the Content-Security-Policy sources of the page's style and script."""
    found = {}
    for name in ("style", "script"):
        (inline,) = re.findall(rf"<{name}>(.*?)</{name}>", html, re.DOTALL)
        digest = hashlib.sha256(inline.encode()).digest()
        found[name] = f"'sha256-{base64.b64encode(digest).decode()}'"
    return found

"""The layout that `migrate.yml` takes over from: a script, a timer, files of the web user."""

import re

from tests.host import guide
from tests.host.guest import Guest

OLD = "/var/www/pretix"
_FILE = "/etc/nginx/sites-available/pretix.conf"
_HEADER = 'add_header X-Content-Type-Options "nosniff";'
NAME = "pretix.example"
"""Under this name alone the shop is reached."""
URL = f"http://{NAME}/"

_DEFAULT = """\
server {
  listen 80 default_server;
  return 200 "another site\\n";
}
"""
_SITE = f"""\
server {{
  listen 80;
  server_name ~^(pretix|tickets)\\.example;
  {_HEADER}

  location / {{
    if (-f {OLD}/MAINTENANCE_MODE) {{
      error_page 503 =200 /pretix-maintenance.html;
      return 503;
    }}

    proxy_pass http://localhost:8345/;
    proxy_set_header Host $http_host;
  }}

  location ~ ^/(control|download) {{ # Available during maintenance mode
    proxy_pass http://localhost:8345;
    proxy_set_header Host $http_host;
  }}

  # Expose 503 page
  location = /pretix-maintenance.html {{
    root {OLD}/;
    internal; # Prevent direct access to the page
  }}
}}
"""
# A club's own domain beside it, in the same file: which block is which only a person can tell.
_TWO = f"""\
server {{
  listen 80;
  server_name club.example;
  location / {{ return 301 {URL}; }}
}}
{_SITE}"""
_SCRIPT = f"""\
#!/usr/bin/env bash
if [[ -f {OLD}/MAINTENANCE_MODE_LOCK ]]; then
  touch {OLD}/MAINTENANCE_MODE
else
  rm -f {OLD}/MAINTENANCE_MODE
fi
"""
SHOP = """\
server {
  listen 127.0.0.1:8345;
  location / { return 200 "here is the shop\\n"; }
}
"""
SITE = """\
server {
  listen 80 default_server;
  INCLUDE
  location / { proxy_pass http://127.0.0.1:8345; proxy_set_header Host $http_host; }
}
"""


def plain(guest: Guest) -> None:
    """Make a shop on which nothing was ever installed, but for the line that the guide asks for."""
    guest.write("/etc/nginx/conf.d/shop.conf", SHOP)
    guest.write("/etc/nginx/conf.d/site.conf", SITE.replace("INCLUDE", guide.include()))
    guest.run("systemctl restart nginx")


def closed(guest: Guest, *, two_blocks: bool = False) -> None:
    """Make a shop that the bash script keeps closed with a lock."""
    guest.write("/etc/nginx/conf.d/shop.conf", SHOP)
    guest.write("/etc/nginx/conf.d/site.conf", _DEFAULT)
    guest.run(f"grep -q {NAME} /etc/hosts || echo 127.0.0.1 {NAME} >> /etc/hosts")
    guest.write(_FILE, _TWO if two_blocks else _SITE)
    guest.run(f"id -u pretix || useradd --system --home {OLD} --create-home pretix")
    guest.write(f"{OLD}/pretix-maintenance.html", "closed\n")
    guest.run(f"touch {OLD}/MAINTENANCE_MODE_LOCK; chown -R pretix: {OLD}; chmod 755 {OLD}")
    guest.write("/usr/local/bin/pretix-maintenance.sh", _SCRIPT, "0755")
    units = "/etc/systemd/system/pretix-maintenance"
    guest.write(f"{units}.service", "[Service]\nExecStart=/usr/local/bin/pretix-maintenance.sh\n")
    guest.write(
        f"{units}.timer",
        "[Timer]\nOnCalendar=Sun *-*-* 22:00:00 UTC\nOnCalendar=Mon *-*-* 05:00:00 UTC\n"
        "[Install]\nWantedBy=timers.target\n",
    )
    guest.run(
        "ln -sf ../sites-available/pretix.conf /etc/nginx/sites-enabled/; systemctl daemon-reload;"
        "systemctl enable --now -q pretix-maintenance.timer;"
        "/usr/local/bin/pretix-maintenance.sh; systemctl restart nginx"
    )


def changed_by_hand(guest: Guest) -> None:
    """Do what the playbook asks for where it cannot: the include instead of condition and page."""
    old = guest.run(f"cat {_FILE}")
    text = re.sub(r" +if \(-f [^}]*\}\n", "", old)
    text = re.sub(r" +location = /pretix-maintenance.html \{[^}]*\}\n", "", text)
    assert "pretix-maintenance" not in text
    assert OLD not in text
    guest.write(_FILE, text.replace(_HEADER, f"{_HEADER}\n  {guide.include()}"))

"""What server blocks say: names, addresses, markers, where they lead."""

import pytest

from core.check.nginxconf import parse, read
from core.check.servers import Listen, Server, servers, worker_user
from tests.unit.core.check.system import samples

MARKER = "/var/lib/pretix-maintenance/MAINTENANCE_MODE"
TREE = read(samples("nginx-dump.txt"))


def one(block: str, above: str = "") -> Server:
    """Read one server block."""
    (found,) = servers(parse(f"http {{ {above} server {{ {block} }} }}"))
    return found


def test_a_whole_configuration() -> None:
    club, default, wiki, tickets = servers(TREE)
    assert [each.title for each in (club, wiki, tickets)] == [
        "club.example",
        "wiki.example",
        "tickets.example",
    ]
    assert default.title == "port 80, without a server_name"
    assert [each.markers for each in (club, default, wiki, tickets)] == [
        frozenset(),
        frozenset(),
        frozenset(),
        frozenset({MARKER}),
    ]
    assert club.targets == tickets.targets == {"127.0.0.1:8345"}
    assert default.targets == frozenset()
    assert wiki.targets == {"unix:/run/wiki.sock"}
    assert (tickets.validity, wiki.validity) == ("60s", None)
    assert tickets.late == ["rewrite ^/old/(.*)$ /new/$1 permanent"]
    assert tickets.page == "/usr/share/pretix-maintenance/pretix-maintenance.html"


def test_the_workers_user() -> None:
    assert worker_user(TREE) == "www-data"
    assert worker_user(parse("events {}")) is None


@pytest.mark.parametrize(
    ("listen", "place"),
    [
        ("80", Listen("127.0.0.1", 80, tls=False)),
        ("*:8080", Listen("127.0.0.1", 8080, tls=False)),
        ("0.0.0.0:8080", Listen("127.0.0.1", 8080, tls=False)),
        ("[::]:443 ssl http2", Listen("::1", 443, tls=True)),
        ("[::1]", Listen("::1", 80, tls=False)),
        ("10.0.0.1:443 ssl default_server", Listen("10.0.0.1", 443, tls=True)),
        ("localhost", Listen("localhost", 80, tls=False)),
    ],
)
def test_where_it_listens(listen: str, place: Listen) -> None:
    assert one(f"listen {listen};").listens == [place]


def test_without_a_listen_it_is_port_80() -> None:
    assert one("").listens == [Listen("127.0.0.1", 80, tls=False)]


def test_ssl_may_be_said_for_the_whole_block() -> None:
    assert one("listen 443; ssl on;").listens == [Listen("127.0.0.1", 443, tls=True)]


@pytest.mark.parametrize("listen", ["unix:/run/x.sock", "443 quic", "80 proxy_protocol"])
def test_what_cannot_be_asked_over_tcp_is_left_out(listen: str) -> None:
    assert one(f"listen {listen};").listens == []


@pytest.mark.parametrize(
    "test",
    [
        "if (-f {}) {{ return 503; }}",
        "if (!-f {}) {{ break; }}",
        'if ( -f "{}" ) {{ return 503; }}',
        "location / {{ if (-e {}) {{ return 503; }} }}",
    ],
)
def test_every_way_to_look_for_the_marker_counts(test: str) -> None:
    assert one(test.format(MARKER)).markers == {MARKER}


def test_other_files_are_no_markers() -> None:
    assert one("if (-f /etc/motd) { return 503; } # MAINTENANCE_MODE").markers == frozenset()


@pytest.mark.parametrize(
    ("block", "above", "validity"),
    [
        ("", "", None),
        ("open_file_cache off;", "open_file_cache max=9;", None),
        ("open_file_cache max=9;", "", "60s"),
        ("open_file_cache_valid 5s;", "open_file_cache max=9;", "5s"),
        ("", "open_file_cache max=9; open_file_cache_valid 30s;", "30s"),
    ],
)
def test_how_long_files_are_remembered(block: str, above: str, validity: str | None) -> None:
    assert one(block, above).validity == validity

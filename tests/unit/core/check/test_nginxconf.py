"""nginx's own grammar, and its includes put together."""

from core.check.nginxconf import Directive, parse, read
from tests.unit.core.check.system import samples


def lines(found: list[Directive]) -> list[str]:
    """Show directives as short lines."""
    return [" ".join([one.name, *one.args]) for one in found]


def test_words_end_at_spaces_and_semicolons() -> None:
    assert lines(parse("user  www-data;worker_processes auto ;")) == [
        "user www-data",
        "worker_processes auto",
    ]


def test_quoted_words_hold_what_ends_others() -> None:
    (one,) = parse("""if ($uri ~ "^/a{2};#/" 'b "c"' ) { return 1; }""")
    assert one.args == ["($uri", "~", "^/a{2};#/", 'b "c"', ")"]
    assert lines(one.block or []) == ["return 1"]


def test_comments_are_nothing_but_only_at_a_words_beginning() -> None:
    assert lines(parse("# a;\nset $a b#c; # } \nset $d e;")) == ["set $a b#c", "set $d e"]


def test_a_variable_in_braces_is_part_of_its_word() -> None:
    assert lines(parse("set $a ${host}_x; set $b ${b};")) == ["set $a ${host}_x", "set $b ${b}"]


def test_blocks_hold_blocks() -> None:
    (http,) = parse("http { server { listen 80; location / { return 204; } } }")
    assert [one.name for one in http.walk()] == ["server", "listen", "location", "return"]


def test_what_is_not_well_formed_does_no_harm() -> None:
    assert parse('a "never ends') == []
    assert lines(parse("} ; { } a b; c {")) == []
    assert lines(parse("a b; c {")) == ["a b", "c"]


def test_a_dump_is_one_tree_in_the_order_of_its_includes() -> None:
    tree = read(samples("nginx-dump.txt"))
    assert [one.name for one in tree] == ["user", "worker_processes", "events", "http"]
    servers = [one for one in tree[-1].block or [] if one.name == "server"]
    assert len(servers) == 4
    inside = [one.name for one in servers[-1].block or []]
    assert inside[:4] == ["listen", "server_name", "if", "location"]
    assert "include" not in [one.name for part in tree for one in part.walk()]


def test_every_directive_knows_its_file() -> None:
    tree = read(samples("nginx-dump.txt"))
    files = {one.file.rpartition("/")[2] for part in tree for one in part.walk()}
    assert files == {"nginx.conf", "mime.types", "club", "tickets", "pretix-maintenance.conf"}


def test_an_include_of_itself_ends() -> None:
    assert read("# configuration file /x/a.conf:\nb c;\ninclude a.conf;\n") != []


def test_a_star_does_not_reach_into_other_folders() -> None:
    dump = (
        "# configuration file /x/a.conf:\ninclude d/*;\n"
        "# configuration file /x/d/one:\none;\n# configuration file /x/d/e/two:\ntwo;\n"
    )
    assert lines(read(dump)) == ["one"]


def test_what_is_no_dump_is_empty() -> None:
    assert read("nginx: command not found") == []

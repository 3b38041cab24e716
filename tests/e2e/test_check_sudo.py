"""`check` on the real sudo: the shipped rule is found exact, and what is added to it is found."""

from core.check import OK, WRONG, Finding, Scene, sudo
from core.check.programs import Ended, start
from core.check.scene import BOT_USER, PROGRAM
from tests.e2e.sudo_host import SudoHost, snapshot


def look(host: SudoHost) -> dict[str, Finding]:
    """Look at the host's rule; its user and its program have other names than a real one's."""
    (host.prefix / "bot.toml").touch(mode=0o640)

    def run(program: str, *words: str, stdin: str = "") -> Ended:
        if program == "systemctl":
            return Ended(1)
        names = {BOT_USER: host.user, PROGRAM: str(host.launcher)}
        told = start(program, *(names.get(word, word) for word in words), stdin=stdin)
        out = told.out.replace(str(host.launcher), PROGRAM).replace(host.user, BOT_USER)
        return Ended(told.code, out, told.err, told.fault)

    config = str(host.prefix / "core.toml")
    scene = Scene(config, str(host.state), 0, run, installed=True)
    found = {one.problem: one for one in sudo.rule(scene)}
    scene.close()
    return found


def test_the_shipped_rule_is_found_exact_and_the_helper_answers(host: SudoHost) -> None:
    found = look(host)
    assert {problem: one.severity for problem, one in found.items()} == {
        "sudo-rule": OK,
        "sudo-try": OK,
    }, found


def test_trying_it_changes_nothing(host: SudoHost) -> None:
    look(host)
    assert snapshot(host.state) == {}


def test_a_rule_that_gives_more_is_found_by_listing_and_by_trying(host: SudoHost) -> None:
    line = f"{host.user} ALL=(root:root) NOPASSWD: {host.launcher}\n"
    with host.rule(line, "wider"):
        found = look(host)
    assert found["sudo-wide"].severity == WRONG
    assert found["sudo-extra"].severity == WRONG


def test_a_rule_that_asks_for_a_password_is_found_by_trying(host: SudoHost) -> None:
    line = f"{host.user} ALL=(root:root) PASSWD: {host.launcher} reconcile --json --stdin\n"
    with host.rule(line, "zz-password"):
        found = look(host)
    assert found["sudo-try"].severity == WRONG
    assert "password" in found["sudo-try"].sentence

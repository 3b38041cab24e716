"""The self-check: every mistake in the set-up has a sentence and a cure, and nothing is changed."""

from dataclasses import replace

import pytest

from adapters.base import Checkable, Finding, Severity
from adapters.mattermost.options import Options, Slash
from tests.servers.mattermost import Fault
from tests.unit.adapters.mattermost.conftest import QUICK, Bench


async def found(bench: Bench, options: Options | None = None) -> dict[str, Finding]:
    findings = await bench.adapter(options, replace(QUICK, read=0.3)).check()
    return {finding.problem: finding for finding in findings}


def wrong(findings: dict[str, Finding]) -> list[str]:
    return [key for key, one in findings.items() if one.severity is not Severity.OK]


def public(options: Options, url: str | None) -> Options:
    assert isinstance(options.slash, Slash)
    return replace(options, slash=replace(options.slash, public_url=url))


async def test_a_set_up_that_is_well_is_told_so(bench: Bench) -> None:
    bench.server.state.users[bench.server.bot]["roles"] = "system_admin"
    options = bench.options(slash=True)
    findings = await found(bench, options)
    assert wrong(findings) == ["private-address"]
    assert findings["slash"].sentence == f"/maintenance calls http://{bench.address}/command."
    assert "AllowedUntrustedInternalConnections" in findings["private-address"].cure
    methods = {method for method, path, _ in bench.server.rest.requests if "/api/" in path}
    assert methods == {"GET"}


async def test_the_adapter_can_be_checked(bench: Bench) -> None:
    assert isinstance(bench.adapter(), Checkable)


async def test_a_rejected_token_is_the_only_thing_that_is_told(bench: Bench) -> None:
    bench.server.state.tokens.clear()
    findings = await found(bench)
    assert list(findings) == ["token"]
    assert "DisableBotsWhenOwnerIsDeactivated" in findings["token"].cure


async def test_a_server_that_is_away_is_told(bench: Bench) -> None:
    await bench.server.stop()
    assert list(await found(bench)) == ["unreachable"]


async def test_a_persons_account_is_told(bench: Bench) -> None:
    bench.server.state.users[bench.server.bot]["is_bot"] = False
    assert "EnableBotAccountCreation" in (await found(bench))["account"].cure


async def test_a_channel_without_the_bot_is_told_with_the_words_to_type(bench: Bench) -> None:
    options = bench.options(bench.server.foreign_channel)
    assert "/invite @maintenance" in (await found(bench, options))["channel"].cure


async def test_a_channel_that_cannot_be_asked_about_is_told(bench: Bench) -> None:
    bench.server.faults.plan(Fault.BAD_GATEWAY, method="GET", path="/channels/")
    assert (await found(bench))["server-error"].severity is Severity.WRONG


async def test_no_destination_at_all_is_told(bench: Bench) -> None:
    options = replace(bench.options(), channels=())
    assert (await found(bench, options))["channels"].severity is Severity.WARNING


@pytest.mark.parametrize("status", [200, 404, 502])
async def test_a_proxy_without_upgrade_is_told(bench: Bench, status: int) -> None:
    bench.server.sockets.refuse_with = status
    finding = (await found(bench))["websocket"]
    assert finding.severity is Severity.WRONG
    assert "Upgrade" in finding.cure


async def test_a_websocket_that_says_nothing_is_told(bench: Bench) -> None:
    bench.server.sockets.silent = True
    assert (await found(bench))["websocket"].severity is Severity.WRONG


async def test_no_slash_command_is_told_with_what_people_write_instead(bench: Bench) -> None:
    assert "@maintenance" in (await found(bench))["slash"].sentence


async def test_an_unregistered_slash_command_is_told(bench: Bench) -> None:
    options = bench.options(slash=True)
    bench.server.state.commands.clear()
    assert (await found(bench, options))["slash"].severity is Severity.WRONG


async def test_a_slash_command_that_calls_another_address_is_told(bench: Bench) -> None:
    bench.server.state.users[bench.server.bot]["roles"] = "system_admin"
    options = public(bench.options(slash=True), "https://elsewhere.invalid")
    finding = (await found(bench, options))["slash"]
    assert finding.severity is Severity.WRONG
    assert f"calls http://{bench.address}/command, not https://elsewhere" in finding.sentence


async def test_an_ordinary_bot_sees_that_the_command_is_there(bench: Bench) -> None:
    finding = (await found(bench, bench.options(slash=True)))["slash"]
    assert finding.severity is Severity.OK
    assert "administrators only" in finding.sentence


async def test_an_address_that_is_not_told_is_asked_for(bench: Bench) -> None:
    findings = await found(bench, public(bench.options(slash=True), None))
    assert findings["buttons"].severity is Severity.WARNING

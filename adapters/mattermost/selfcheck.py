"""Looks at the set-up in Mattermost and says in plain words what is wrong, and what cures it."""

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator, Sequence
from typing import Final
from urllib.parse import urlsplit

import aiohttp

from adapters.base import AdapterError, Finding, Permanent, Severity, Temporary
from adapters.mattermost.api import Api
from adapters.mattermost.options import Options, Slash
from adapters.mattermost.pace import Pace
from adapters.mattermost.records import Channel, RegisteredCommand, User
from adapters.mattermost.stream import Stream, open_session

PRIVATE_CURE: Final = (
    "Add {host} to System Console > Environment > Developer > Allow untrusted internal connections "
    "(AllowedUntrustedInternalConnections); otherwise people see only that the command failed."
)
REGISTER: Final = "Run: pretix-maintenance-bot mattermost register"


async def look(options: Options, api: Api, stream: Stream, pace: Pace) -> Sequence[Finding]:
    """Ask about everything; stop early only where the rest would say the same again."""
    try:
        me = await api.me()
    except AdapterError as error:
        return [_no_login(error)]
    findings = [_account(me)]
    findings += [one async for one in _channels(options, api, me)]
    findings.append(await _websocket(stream, pace))
    if options.slash is None:
        findings.append(
            Finding(
                "slash",
                Severity.WARNING,
                f"There is no slash command; people write @{me.username} instead of "
                f"/{options.trigger}.",
                "Add [adapters.mattermost.slash] to bot.toml to have one.",
            )
        )
    else:
        findings += [one async for one in _slash(options, options.slash, api)]
    return findings


def _no_login(error: AdapterError) -> Finding:
    cure = "Is `url` the address that you see in the browser?"
    if error.problem == "token":
        cure = (
            "Make a new token: Integrations > Bot Accounts > Create New Token. A bot is switched "
            "off together with the person who made it (DisableBotsWhenOwnerIsDeactivated)."
        )
    elif error.problem == "certificate":
        cure = "Name the file of the authority that signed it as `ca_file`."
    return Finding(error.problem, Severity.WRONG, str(error), cure)


def _account(me: User) -> Finding:
    if me.is_bot:
        return Finding("account", Severity.OK, f"Logged in as the bot @{me.username}.")
    return Finding(
        "account",
        Severity.WARNING,
        f"@{me.username} is a person's account, not a bot's.",
        "Make one under Integrations > Bot Accounts (EnableBotAccountCreation must be on).",
    )


async def _channels(options: Options, api: Api, me: User) -> AsyncIterator[Finding]:
    if not options.channels:
        yield Finding(
            "channels",
            Severity.WARNING,
            "No destination is in Mattermost.",
            "Add a [[destination]] with the channel's id to bot.toml.",
        )
    for channel_id in options.channels:
        try:
            channel = await api.channel(channel_id)
            await api.is_member(channel_id, me.id)
        except Permanent:
            yield Finding(
                "channel",
                Severity.WRONG,
                f"@{me.username} is no member of the channel {channel_id}, or there is none.",
                f"Invite @{me.username} to the team, then type in the channel: "
                f"/invite @{me.username}",
            )
        except AdapterError as error:
            yield Finding(error.problem, Severity.WRONG, str(error), "Try again later.")
        else:
            yield Finding("channel", Severity.OK, f"Member of the channel {channel.name}.")


async def _websocket(stream: Stream, pace: Pace) -> Finding:
    problem = "websocket"
    try:
        async with open_session() as session, stream.connect(session, None) as connection:
            async with asyncio.timeout(pace.read):
                event = await connection.next()
    except aiohttp.WSServerHandshakeError as error:
        said = f"The websocket is answered with HTTP {error.status}."
    except (aiohttp.ClientError, TimeoutError, OSError, Temporary):
        said = "The websocket cannot be opened."
    else:
        if event is not None and event.kind == "hello":
            return Finding(problem, Severity.OK, "The websocket is open.")
        said = "What answers on the websocket is not Mattermost."
    cure = (
        "The proxy in front of Mattermost must pass on the headers Upgrade and Connection for "
        "/api/v4/websocket; Mattermost's own nginx example does."
    )
    return Finding(problem, Severity.WRONG, said, cure)


async def _slash(options: Options, slash: Slash, api: Api) -> AsyncIterator[Finding]:
    for team_id in await _teams(options, api):
        yield await _command(options, slash, api, team_id)
    if slash.public_url is None:
        yield Finding(
            "buttons",
            Severity.WARNING,
            "Without public_url there are no buttons, and the command's address is not looked at.",
            "Set public_url to the address under which Mattermost reaches the bot.",
        )
        return
    host = urlsplit(slash.public_url).hostname or ""
    if await _is_private(host):
        yield Finding(
            "private-address",
            Severity.WARNING,
            f"{host} is a private address, which Mattermost does not call unless it is told to.",
            PRIVATE_CURE.format(host=host),
        )


async def _teams(options: Options, api: Api) -> list[str]:
    teams: dict[str, None] = {}
    for channel_id in options.channels:
        try:
            channel: Channel = await api.channel(channel_id)
        except AdapterError:
            continue
        if channel.team_id:
            teams[channel.team_id] = None
    return list(teams)


async def _command(options: Options, slash: Slash, api: Api, team_id: str) -> Finding:
    trigger = f"/{options.trigger}"
    try:
        found, seen = await _registered(options, api, team_id)
    except AdapterError as error:
        return Finding("slash", Severity.WARNING, f"{trigger} cannot be looked up: {error}")
    if found is None:
        said = f"{trigger} is not registered in the team {team_id}."
        return Finding("slash", Severity.WRONG, said, REGISTER)
    if not seen or slash.public_url is None:
        said = f"{trigger} is registered; its address is shown to administrators only."
        return Finding("slash", Severity.OK, said)
    if found.url != f"{slash.public_url}/command":
        said = f"{trigger} calls {found.url or 'nothing'}, not {slash.public_url}/command."
        return Finding("slash", Severity.WRONG, said, REGISTER)
    return Finding("slash", Severity.OK, f"{trigger} calls {found.url}.")


async def _registered(
    options: Options, api: Api, team_id: str
) -> tuple[RegisteredCommand | None, bool]:
    """Find the command, and tell whether its address is shown to us."""
    seen = True
    try:
        listed = await api.commands(team_id, all_of_them=True)
    except Permanent:
        # An ordinary bot may only see what everybody's autocompletion shows.
        seen = False
        listed = await api.commands(team_id, all_of_them=False)
    ours = [one for one in listed if one.trigger == options.trigger]
    return (ours[0] if ours else None), seen


async def _is_private(host: str) -> bool:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return False
    return any(ipaddress.ip_address(entry[4][0]).is_private for entry in found)

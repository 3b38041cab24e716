"""pretix asked over real sockets, by a fake one that can lie."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.report.access import Access, BadAccess
from bot.report.errors import PretixAway, PretixError, PretixRefuses, PretixStrange
from bot.report.pretix import PATIENCE, SPACING, Pretix, TooMany, seconds_of
from tests.servers.pretix import TOKEN, FakeEvent, FakePretix, Fault, fake_pretix


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@asynccontextmanager
async def asking(
    far_side: FakePretix, clock: Clock | None = None, token: str = TOKEN, host: str | None = None
) -> AsyncIterator[Pretix]:
    clock = clock or Clock()
    access = Access(far_side.url, token, host)
    async with Pretix(access, sleep=clock.sleep, monotonic=clock.monotonic, timeout=20) as pretix:
        yield pretix


def many(count: int) -> FakePretix:
    return FakePretix({"club": [FakeEvent(f"event{number:03}") for number in range(count)]})


@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 100, 137])
async def test_a_list_is_read_to_its_last_page(count: int) -> None:
    async with fake_pretix(many(count)) as far_side, asking(far_side) as pretix:
        listing = await pretix.listing("organizers/club/events/", [])
    assert [one["slug"] for one in listing.results] == [f"event{n:03}" for n in range(count)]
    assert listing.count == count
    assert len(far_side.requests) == max(1, -(-count // 50))


async def test_the_token_goes_in_a_header_and_only_reading_is_asked_for() -> None:
    async with fake_pretix(many(60)) as far_side, asking(far_side) as pretix:
        await pretix.listing("organizers/club/events/", [])
    assert {request.headers["Authorization"] for request in far_side.requests} == {f"Token {TOKEN}"}
    assert {request.method for request in far_side.requests} == {"GET"}
    assert all(TOKEN not in str(request.url) for request in far_side.requests)


async def test_another_way_to_the_public_name_asks_for_that_name_and_stays_on_the_way() -> None:
    async with (
        fake_pretix(many(120)) as far_side,
        asking(far_side, host="tickets.example") as pretix,
    ):
        listing = await pretix.listing("organizers/club/events/", [])
    assert len(listing.results) == 120
    assert {request.host for request in far_side.requests} == {"tickets.example"}


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "[broken"])
async def test_a_next_page_on_another_host_is_not_followed(host: str) -> None:
    async with fake_pretix(many(60)) as far_side, asking(far_side) as pretix:
        far_side.link_host = host
        with pytest.raises(PretixStrange, match="another address"):
            await pretix.listing("organizers/club/events/", [])
    assert len(far_side.requests) == 1


async def test_a_next_page_at_another_path_is_not_followed() -> None:
    async with fake_pretix(many(60)) as far_side, asking(far_side) as pretix:
        link = f"{far_side.url}/api/v1/organizers/other/events/?page=2"
        far_side.faults.append(Fault("events/", 200, f'{{"count":9,"next":"{link}","results":[]}}'))
        with pytest.raises(PretixStrange, match="another address"):
            await pretix.listing("organizers/club/events/", [])


async def test_pages_that_lead_in_a_circle_end() -> None:
    async with fake_pretix(many(60)) as far_side, asking(far_side) as pretix:
        link = f"{far_side.url}/api/v1/organizers/?page=2"
        far_side.faults.append(
            Fault("organizers/", 200, f'{{"count":9,"next":"{link}","results":[]}}')
        )
        with pytest.raises(PretixStrange, match="come to an end"):
            await pretix.listing("organizers/", [])
    assert len(far_side.requests) == 2


async def test_no_more_than_two_requests_a_second_are_sent() -> None:
    clock = Clock()
    async with fake_pretix(many(250)) as far_side, asking(far_side, clock) as pretix:
        await pretix.listing("organizers/club/events/", [])
        await pretix.listing("organizers/", [])
    assert len(far_side.requests) == 6
    assert clock.slept == [SPACING] * 5
    assert SPACING >= 0.5


async def test_a_list_that_is_longer_than_wanted_is_left_after_its_first_page() -> None:
    async with fake_pretix(many(101)) as far_side, asking(far_side) as pretix:
        with pytest.raises(TooMany) as raised:
            await pretix.listing("organizers/club/events/", [], most=100)
        assert len((await pretix.listing("organizers/club/events/", [], most=101)).results) == 101
    assert raised.value.count == 101


async def test_too_many_requests_are_answered_with_the_wait_that_was_asked_for() -> None:
    clock = Clock()
    async with fake_pretix(many(1)) as far_side, asking(far_side, clock) as pretix:
        far_side.faults.append(Fault(status=429, headers={"Retry-After": "17"}, times=2))
        listing = await pretix.listing("organizers/", [])
    assert len(listing.results) == 1
    assert clock.slept == [17.0, 17.0]


async def test_a_wait_beyond_all_patience_is_not_waited_for() -> None:
    clock = Clock()
    async with fake_pretix(many(1)) as far_side, asking(far_side, clock) as pretix:
        wait = str(int(PATIENCE) + 1)
        far_side.faults.append(Fault(status=429, headers={"Retry-After": wait}))
        with pytest.raises(PretixAway, match="429"):
            await pretix.listing("organizers/", [])
    assert clock.slept == []


@pytest.mark.parametrize("status", [409, 429, 500, 502, 503, 504])
async def test_what_may_pass_is_tried_four_times_and_no_more(status: int) -> None:
    async with fake_pretix(many(1)) as far_side, asking(far_side) as pretix:
        far_side.faults.append(Fault(status=status))
        with pytest.raises(PretixAway, match=str(status)):
            await pretix.listing("organizers/", [])
    assert len(far_side.requests) == 4


@pytest.mark.parametrize(
    ("status", "problem"), [(401, "token"), (403, "token"), (404, "not-found")]
)
async def test_a_refusal_is_not_tried_again(status: int, problem: str) -> None:
    async with fake_pretix(many(1)) as far_side, asking(far_side) as pretix:
        far_side.faults.append(Fault(status=status))
        with pytest.raises(PretixRefuses, match=str(status)) as raised:
            await pretix.listing("organizers/", [])
    assert raised.value.problem == problem
    assert len(far_side.requests) == 1


async def test_a_wrong_token_is_refused_and_not_told() -> None:
    async with fake_pretix(many(1)) as far_side, asking(far_side, token="wrong123") as pretix:
        with pytest.raises(PretixRefuses) as raised:
            await pretix.listing("organizers/", [])
    assert "wrong123" not in str(raised.value)


async def test_a_redirect_is_not_followed() -> None:
    async with fake_pretix(many(1)) as far_side, asking(far_side) as pretix:
        elsewhere = {"Location": f"{far_side.url}/api/v1/organizers/club/events/"}
        far_side.faults.append(Fault("organizers/", 302, headers=elsewhere))
        with pytest.raises(PretixStrange, match="302"):
            await pretix.listing("organizers/", [])
    assert len(far_side.requests) == 1


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("<h1>Log in</h1>", "text/html"),
        ('{"count":0,"next":null,"results":[]}', "text/html"),
        ("<h1>Log in</h1>", "application/json"),
        ("[]", "application/json"),
        ("[" * 100_000, "application/json"),
        ('{"detail":"fine"}', "application/json"),
        ('{"count":1,"next":7,"results":[]}', "application/json"),
        ('{"count":"1","next":null,"results":[]}', "application/json"),
        ('{"count":1,"next":null,"results":{}}', "application/json"),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_an_answer_that_is_no_page_of_a_list_is_refused(body: str, kind: str) -> None:
    async with fake_pretix(many(1)) as far_side, asking(far_side) as pretix:
        far_side.faults.append(Fault(status=200, body=body, kind=kind))
        with pytest.raises(PretixStrange) as raised:
            await pretix.listing("organizers/", [])
    assert body[:4] not in str(raised.value)


async def test_an_answer_without_an_end_is_left() -> None:
    async with fake_pretix(many(1)) as far_side, asking(far_side) as pretix:
        far_side.faults.append(Fault(status=200, body=" " * (17 << 20)))
        with pytest.raises(PretixStrange, match="too long"):
            await pretix.listing("organizers/", [])


async def test_a_pretix_that_hangs_is_given_up() -> None:
    clock = Clock()
    async with fake_pretix(many(1)) as far_side:
        far_side.faults.append(Fault())
        access = Access(far_side.url, TOKEN)
        async with Pretix(
            access, sleep=clock.sleep, monotonic=clock.monotonic, timeout=0.2
        ) as pretix:
            with pytest.raises(PretixAway) as raised:
                await pretix.listing("organizers/", [])
    assert raised.value.problem in {"timeout", "unreachable"}
    assert len(clock.slept) == 3


async def test_a_pretix_that_is_not_there_is_away() -> None:
    async with fake_pretix() as far_side:
        url = far_side.url
    clock = Clock()
    async with Pretix(Access(url, TOKEN), sleep=clock.sleep, monotonic=clock.monotonic) as pretix:
        with pytest.raises(PretixAway) as raised:
            await pretix.listing("organizers/", [])
    assert raised.value.problem == "unreachable"


async def test_outside_its_block_nothing_is_sent() -> None:
    async with fake_pretix(many(1)) as far_side:
        async with asking(far_side) as pretix:
            pass
        with pytest.raises(RuntimeError):
            await pretix.listing("organizers/", [])
    assert far_side.requests == []


async def test_certificates_that_cannot_be_read_are_said() -> None:
    clock = Clock()
    access = Access("https://tickets.example", TOKEN, ca_file="/nowhere/ca.pem")
    with pytest.raises(PretixStrange, match="certificates"):
        async with Pretix(access, sleep=clock.sleep, monotonic=clock.monotonic):
            pass


async def test_the_token_is_in_no_log_and_no_repr(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with fake_pretix(many(1)) as far_side, asking(far_side) as pretix:
        far_side.faults.append(Fault(status=500, times=1))
        await pretix.listing("organizers/", [])
        assert TOKEN not in repr(pretix)
    assert caplog.records
    assert TOKEN not in caplog.text
    assert TOKEN not in repr(Access(far_side.url, TOKEN))


async def test_proxies_and_passwords_of_this_machine_are_not_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1/")
    monkeypatch.setenv("NO_PROXY", "")
    async with fake_pretix(many(1)) as far_side, asking(far_side) as pretix:
        assert (await pretix.listing("organizers/", [])).count == 1


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("17", 17.0), ("0", 0.0), (None, None), ("-1", None), ("\u0663", None), ("Wed, 21 Oct", None)],
)
def test_a_wait_is_read_in_seconds(text: str | None, seconds: float | None) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize(
    "url",
    [
        "http://tickets.example/",
        "ftp://tickets.example/",
        "tickets.example",
        "https://anna:word@tickets.example/",
        "https://tickets.example/?a=b",
        "https://tickets.example/#a",
        "http://127.0.0.1.evil.example/",
    ],
)
def test_a_token_is_not_sent_to_an_address_that_would_give_it_away(url: str) -> None:
    with pytest.raises(BadAccess) as raised:
        Access(url, TOKEN)
    assert TOKEN not in str(raised.value)


@pytest.mark.parametrize(
    "url",
    ["https://tickets.example/", "http://127.0.0.1:8345", "http://[::1]/", "http://localhost"],
)
def test_https_and_loopback_are_good_addresses(url: str) -> None:
    assert Access(url, TOKEN).url == url


@pytest.mark.parametrize("token", ["", "abc def", "abc\r\nHost: x", "ab\u00e9"])
def test_a_token_that_no_pretix_gave_is_refused_and_not_told(token: str) -> None:
    with pytest.raises(BadAccess) as raised:
        Access("https://tickets.example/", token)
    assert not token or token not in str(raised.value)


def test_every_error_says_who_must_act() -> None:
    assert {kind.__name__ for kind in PretixError.__subclasses__()} == {
        "PretixAway",
        "PretixRefuses",
        "PretixStrange",
    }

"""Buttons: for the asker, once, for a while."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from adapters.base import Destination, IncomingMessage, Receipt
from bot.buttons import MOST, Buttons, Choice, Ended, NotYours, Offer
from bot.commands import Lock, Status, Unlock

CHAT = Destination("telegram", "-100", "7")
NOW = datetime(2026, 11, 29, 22, 0, tzinfo=UTC)
ASKED = IncomingMessage(CHAT, "1", "anna", "Anna", "/maintenance", NOW)
CHOICES = (Choice("Unlock", Unlock(), dangerous=True), Choice("Refresh", Status()))


class Clock:
    """An instant that the test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def buttons(clock: Clock) -> Buttons:
    return Buttons(clock=clock)


def pressed(token: str, by: str = "anna", where: Destination = CHAT) -> IncomingMessage:
    return replace(ASKED, destination=where, sender_id=by, text="", action=token)


def test_a_press_gives_what_the_button_stands_for_and_where_it_stood(buttons: Buttons) -> None:
    offer, (unlock, _) = buttons.offer(ASKED, CHOICES)
    offer.shown = Receipt(CHAT, "55")
    assert buttons.press(pressed(unlock.token)) == (Unlock(), Receipt(CHAT, "55"))
    assert not offer.used


def test_labels_and_warnings_are_those_of_the_choices(buttons: Buttons) -> None:
    _, made = buttons.offer(ASKED, CHOICES)
    assert [(one.label, one.dangerous) for one in made] == [("Unlock", True), ("Refresh", False)]


def test_tokens_are_different_short_and_carry_no_meaning(buttons: Buttons) -> None:
    tokens = [one.token for _ in range(50) for one in buttons.offer(ASKED, CHOICES)[1]]
    assert len(set(tokens)) == 100
    assert all(20 <= len(token) <= 64 and token.isascii() for token in tokens)
    assert not any("unlock" in token.lower() for token in tokens)


def test_a_press_that_was_allowed_ends_all_buttons_of_the_message(buttons: Buttons) -> None:
    offer, (unlock, refresh) = buttons.offer(ASKED, CHOICES)
    buttons.press(pressed(refresh.token))
    buttons.use(pressed(refresh.token))
    assert offer.used
    for one in (unlock, refresh):
        with pytest.raises(Ended):
            buttons.press(pressed(one.token))


def test_only_the_asker_may_press_and_another_does_not_use_it_up(buttons: Buttons) -> None:
    _, (unlock, _) = buttons.offer(ASKED, CHOICES)
    with pytest.raises(NotYours):
        buttons.press(pressed(unlock.token, by="eve"))
    assert buttons.press(pressed(unlock.token))[0] == Unlock()


@pytest.mark.parametrize(
    "where", [Destination("telegram", "-200"), Destination("mattermost", "-100", "7")]
)
def test_a_token_is_worth_nothing_in_another_chat(buttons: Buttons, where: Destination) -> None:
    _, (unlock, _) = buttons.offer(ASKED, CHOICES)
    with pytest.raises(Ended):
        buttons.press(pressed(unlock.token, where=where))


@pytest.mark.parametrize(("after", "good"), [(timedelta(minutes=14), True), (timedelta(15), False)])
def test_a_button_expires(
    buttons: Buttons,
    clock: Clock,
    after: timedelta,
    good: bool,  # noqa: FBT001 - the outcome
) -> None:
    _, (unlock, _) = buttons.offer(ASKED, CHOICES)
    clock.now += after
    if good:
        assert buttons.press(pressed(unlock.token))[0] == Unlock()
    else:
        with pytest.raises(Ended):
            buttons.press(pressed(unlock.token))


@pytest.mark.parametrize("token", ["", "made-up", "unlock"])
def test_a_made_up_token_is_worth_nothing(buttons: Buttons, token: str) -> None:
    buttons.offer(ASKED, CHOICES)
    with pytest.raises(Ended):
        buttons.press(pressed(token))


def test_the_oldest_offers_go_when_there_are_too_many(buttons: Buttons) -> None:
    _, (first,) = buttons.offer(ASKED, (Choice("Lock", Lock()),))
    newest = first
    for _ in range(MOST):
        _, (newest,) = buttons.offer(ASKED, (Choice("Lock", Lock()),))
    with pytest.raises(Ended):
        buttons.press(pressed(first.token))
    assert buttons.press(pressed(newest.token))[0] == Lock()


def test_nothing_to_choose_is_no_button(buttons: Buttons) -> None:
    offer, made = buttons.offer(ASKED, ())
    assert made == ()
    assert isinstance(offer, Offer)

"""Fill an empty pretix: one organizer, two events in two time zones, who may do what."""
# Django and pretix are not installed where mypy runs:
# mypy: ignore-errors

from datetime import UTC, datetime
from decimal import Decimal

from session import begin, end

asked = begin()

from django.utils.timezone import now  # noqa: E402 - only once Django is set up
from pretix.base.models import Device, Event, Organizer, Team, User  # noqa: E402
from pretix.base.models.organizer import TeamAPIToken  # noqa: E402
from pretix.multidomain.models import KnownDomain  # noqa: E402

_BUILT_IN = ("ticketoutputpdf", "reports", "checkinlists")
PLUGINS = ",".join(["pretix_mollie", *(f"pretix.plugins.{name}" for name in _BUILT_IN)])
SETTINGS = {
    "payment_mollie__enabled": True,
    "payment_mollie_api_key": "test_of_the_far_side",
    "payment_mollie_method_ideal": True,
    "ticket_download": True,
    "ticketoutput_pdf__enabled": True,
    "attendee_names_asked": False,
    "order_email_asked_twice": False,
    "locale": "en",
    "locales": ["en", "nl"],
}


def event(organizer, slug: str, zone: str) -> dict[str, object]:  # noqa: ANN001 - a model of pretix
    """Make a live event that sells one kind of ticket."""
    made = Event.objects.create(
        organizer=organizer,
        name=slug.title(),
        slug=slug,
        live=True,
        currency="EUR",
        date_from=datetime(2098, 5, 1, 20, tzinfo=UTC),
        plugins=PLUGINS,
        is_public=True,
    )
    made.set_defaults()
    for key, value in SETTINGS.items():
        made.settings.set(key, value)
    made.settings.set("timezone", zone)
    item = made.items.create(
        name="Ticket", default_price=Decimal("10.00"), active=True, admission=True
    )
    quota = made.quotas.create(name="all", size=None)
    quota.items.add(item)
    listed = made.checkin_lists.create(name="Door", all_products=True)
    return {"slug": slug, "item": item.pk, "list": listed.pk, "zone": zone}


organizer = Organizer.objects.create(name="Demo", slug="demo", plugins="pretix_mollie")
events = [
    event(organizer, "party", "Europe/Amsterdam"),
    event(organizer, "night", "UTC"),
]
# With a domain of its own an organizer is no longer reached by the main one.
club = Organizer.objects.create(name="Club", slug="club", plugins="pretix_mollie")
event(club, "party", "Europe/Amsterdam")
event(club, "gala", "Europe/Amsterdam")
KnownDomain.objects.create(domainname="club.example", organizer=club)
KnownDomain.objects.create(
    domainname="gala.example",
    organizer=club,
    event=Event.objects.get(slug="gala"),
    mode=KnownDomain.MODE_EVENT_DOMAIN,
)
team = Team.objects.create(
    organizer=organizer,
    name="Board",
    all_events=True,
    all_event_permissions=True,
    all_organizer_permissions=True,
)
admin = User.objects.create_user("admin@tickets.example", asked["password"])
team.members.add(admin)
token = TeamAPIToken.objects.create(team=team, name="script")
door = Device.objects.create(
    organizer=organizer,
    name="Door",
    all_events=True,
    security_profile="pretixscan",
    initialized=now(),
    api_token="the-token-of-the-door",
    device_id=1,
)
end(
    {
        "organizer": "demo",
        "events": {made["slug"]: made for made in events},
        "api_token": token.token,
        "device_token": door.api_token,
        "admin": admin.email,
        "password": asked["password"],
    }
)

"""Make orders, payments and refunds at given instants; say what the database then sums up."""
# Django and pretix are not installed where mypy runs:
# mypy: ignore-errors

import json
from datetime import datetime
from decimal import Decimal

from session import begin, end

asked = begin()

from django.db.models import Sum  # noqa: E402 - only once Django is set up
from pretix.base.models import Event, Order, OrderPayment, OrderRefund  # noqa: E402

START, END = (datetime.fromisoformat(asked[key]) for key in ("start", "end"))


def at(text: str | None) -> datetime | None:
    """Read an instant."""
    return None if text is None else datetime.fromisoformat(text)


def make(event, one: dict) -> None:  # noqa: ANN001 - a model of pretix
    """Make one order with all that belongs to it."""
    order = Order.objects.create(
        event=event,
        organizer=event.organizer,
        email="buyer@example.org",
        status=one["status"],
        testmode=one["testmode"],
        datetime=at(one["made"]),
        expires=at(one["made"]),
        total=Decimal(one["total"]),
        locale="en",
        sales_channel=event.organizer.sales_channels.get(identifier="web"),
    )
    for paid in one["payments"]:
        payment = order.payments.create(
            state=paid["state"],
            amount=Decimal(paid["amount"]),
            provider=paid["provider"],
            payment_date=at(paid["done"]),
            info=json.dumps(paid["details"]),
        )
        OrderPayment.objects.filter(pk=payment.pk).update(created=at(paid["created"]))
    for repaid in one["refunds"]:
        refund = order.refunds.create(
            state=repaid["state"],
            source="admin",
            amount=Decimal(repaid["amount"]),
            provider=repaid["provider"],
            execution_date=at(repaid["done"]),
            info=json.dumps(repaid["details"]),
        )
        OrderRefund.objects.filter(pk=refund.pk).update(created=at(repaid["created"]))
    if asked.get("modified"):
        Order.objects.filter(pk=order.pk).update(last_modified=at(asked["modified"]))


def summed(event) -> dict[str, object]:  # noqa: ANN001 - a model of pretix
    """Count and add up what happened from START to END, leaving test mode out."""
    real = {"order__event": event, "order__testmode": False}
    inside = {"payment_date__gte": START, "payment_date__lt": END}
    done = {"execution_date__gte": START, "execution_date__lt": END}
    payments = OrderPayment.objects.filter(**real, **inside, state__in=("confirmed", "refunded"))
    refunds = OrderRefund.objects.filter(**real, **done, state="done")
    made = Order.objects.filter(event=event, testmode=False, datetime__gte=START, datetime__lt=END)
    return {
        "payment": [payments.count(), str(payments.aggregate(s=Sum("amount"))["s"] or 0)],
        "refund": [refunds.count(), str(refunds.aggregate(s=Sum("amount"))["s"] or 0)],
        "order": [made.count(), str(made.aggregate(s=Sum("total"))["s"] or 0)],
        "started_before": payments.filter(created__lt=START).count(),
    }


answer = {}
for slug, orders in asked["events"].items():
    event = Event.objects.get(slug=slug, organizer__slug="demo")
    for one in orders:
        make(event, one)
    answer[slug] = summed(event)

# Does what pretix itself does to a paid order change `last_modified`?
order = Order.objects.filter(event__slug="party", organizer__slug="demo", testmode=False).first()
before = Order.objects.get(pk=order.pk).last_modified
refund = order.refunds.create(
    state="created", source="admin", amount=Decimal(1), provider="manual", info="{}"
)
refund.done()
answer["refund_modifies"] = Order.objects.get(pk=order.pk).last_modified != before
order.refunds.filter(pk=refund.pk).delete()
end(answer)

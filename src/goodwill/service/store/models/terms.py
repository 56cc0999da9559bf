"""What customers' agents proffered and what the firm answered; and handles as the firm's till may ask for them."""

from __future__ import annotations

from django.db import models


class Proffered(models.Model):
    """One proffer of a customer's agent, with the record of the answer once it was proved whose it is."""

    UNPROVED, ACCEPTED, OFFERED, DECLINED = "unproved", "accepted", "offered", "declined"

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=43, help_text="the agent's public key")
    number = models.CharField(max_length=64, help_text="the proffer's own id")
    digest = models.CharField(max_length=64, help_text="SHA-256 of its canonical bytes")
    handle = models.CharField(max_length=64, db_index=True, help_text="a keyed digest of the handle that it names")
    proffer = models.JSONField()
    signature = models.CharField(max_length=86)
    made = models.DateTimeField()
    asked = models.DateTimeField(null=True, help_text="when a proof was asked for by mail")
    token = models.CharField(max_length=64, default="", help_text="SHA-256 of the code that was mailed")
    until = models.DateTimeField(null=True, help_text="till when the code, or the offer, is good")
    state = models.CharField(max_length=10, default=UNPROVED)
    customer_id = models.TextField(null=True, db_index=True)
    answer = models.CharField(max_length=64, default="", db_index=True, help_text="the id of our answer")
    record = models.JSONField(null=True, help_text="what both sides keep")
    answered = models.DateTimeField(null=True)

    class Meta:
        db_table = "proffered"
        constraints = [
            models.UniqueConstraint(fields=["key", "number"], name="proffered_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=["unproved", "accepted", "offered", "declined"]),
                name="proffered_state_allowed",
            ),
        ]


class Recognisable(models.Model):
    """A handle as the till may ask for it: its kind, and HMAC-SHA-256 of its value under the recognition key.

    `given` is the key of a row of `Person`, so that whom it stands for follows every merge and split.
    """

    digest = models.CharField(max_length=80, primary_key=True, help_text="kind:hex")
    given = models.TextField(db_index=True)

    class Meta:
        db_table = "recognisable"


class Pace(models.Model):
    """How often something was done in one stretch of time: what limits are held by, over all processes."""

    name = models.CharField(max_length=200, primary_key=True, help_text="what, by whom, in which stretch")
    count = models.PositiveIntegerField(default=0)
    ends = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "pace"

"""What the customers' own door keeps: links that let them in, what they ask for, what we asked of them, and their
referral codes."""

from __future__ import annotations

from django.db import models


class DoorLink(models.Model):
    """A way in for one customer: its digest alone is kept; it works once, for fifteen minutes."""

    digest = models.CharField(max_length=64, primary_key=True)
    customer_id = models.TextField(db_index=True)
    until = models.DateTimeField(db_index=True)
    used = models.DateTimeField(null=True)

    class Meta:
        db_table = "door_link"


class Ask(models.Model):
    """What a customer looks for, said to this firm alone (an intentcast). It is answered, and never used for anything
    else; once it has expired it is gone."""

    OPEN, ANSWERED, WITHDRAWN = "open", "answered", "withdrawn"

    id = models.BigAutoField(primary_key=True)
    customer_id = models.TextField(db_index=True)
    made = models.DateTimeField(auto_now_add=True)
    what = models.CharField(max_length=500)
    place = models.CharField(max_length=200, default="")
    wanted = models.CharField(max_length=200, default="", help_text="by when, in their words")
    budget = models.CharField(max_length=100, default="", help_text="how much, in their words")
    terms = models.CharField(max_length=300, default="", help_text="on which terms, in their words")
    expires = models.DateField(db_index=True)
    state = models.CharField(max_length=10, default=OPEN)
    answer = models.TextField(default="")
    answered = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=254, default="")

    class Meta:
        db_table = "ask"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["open", "answered", "withdrawn"]), name="ask_state_allowed"
            )
        ]


class Asking(models.Model):
    """Something that we asked of a customer: one of the few times that we may (door.budget)."""

    SURVEY, QUOTE, INVITATION = KINDS = ("survey", "quote", "invitation")

    id = models.BigAutoField(primary_key=True)
    customer_id = models.TextField()
    kind = models.CharField(max_length=10)
    words = models.CharField(max_length=300, default="", help_text="to what they are invited, as they read it")
    at = models.DateTimeField()
    by = models.CharField(max_length=254)

    class Meta:
        db_table = "asking"
        indexes = [models.Index(fields=["customer_id", "at"], name="asking_of_whom")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["survey", "quote", "invitation"]), name="asking_kind_allowed"
            )
        ]


class ReferralCode(models.Model):
    """The word in a customer's own referral link."""

    code = models.CharField(max_length=12, primary_key=True)
    customer_id = models.TextField(unique=True)
    made = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "referral_code"

"""Cases and what people did about them."""

from __future__ import annotations

from django.db import models


class Case(models.Model):
    """A message somebody should act on: its place in Now, who has it, and how it ended."""

    OPEN, ANSWERED, RESOLVED = "open", "answered", "resolved"
    GROUPS = ("first", "promise", "stake", "thank")

    message_id = models.TextField(primary_key=True)
    customer_id = models.TextField(null=True, db_index=True)
    at = models.DateTimeField(help_text="when it was said")
    state = models.CharField(max_length=10, default=OPEN)
    group = models.CharField(max_length=10, default="stake")
    place = models.FloatField(null=True, help_text="its place in the order; smaller is sooner; none until ranked")
    due = models.DateTimeField(null=True)
    stake = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    low = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    high = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    reasons = models.JSONField(default=list, help_text="list of {what, amount, low, high, evidence}")
    ranked = models.DateTimeField(null=True)
    valuation = models.BigIntegerField(null=True, help_text="whose sums the stake rests on")
    taken_by = models.ForeignKey("store.Colleague", models.SET_NULL, null=True, related_name="cases")
    taken_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    cause_id = models.TextField(null=True)
    outcome = models.JSONField(default=dict, help_text="what came of it, measured later")

    class Meta:
        db_table = "case"
        indexes = [
            models.Index(fields=["state", "place"], name="case_now"),
            models.Index(fields=["state", "group"], name="case_groups"),  # how many wait, on every page
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["open", "answered", "resolved"]), name="case_state_allowed"
            ),
            models.CheckConstraint(
                condition=models.Q(group__in=["first", "promise", "stake", "thank"]), name="case_group_allowed"
            ),
        ]


class Deed(models.Model):
    """One thing a person did to a case, a reading, a link or a fact; kept for ever, and undone by another deed."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey("store.Colleague", models.PROTECT, null=True, related_name="deeds")
    kind = models.CharField(max_length=20)
    message_id = models.TextField(null=True, db_index=True)
    customer_id = models.TextField(null=True, db_index=True)
    text = models.TextField(default="", help_text="the answer or note, as written")
    before = models.JSONField(default=dict, help_text="what it changed, so that it can be undone")
    after = models.JSONField(default=dict)
    undone_by = models.ForeignKey("self", models.SET_NULL, null=True, related_name="undoes")

    class Meta:
        db_table = "deed"


class Looking(models.Model):
    """Who is looking at a case right now, so that two people see each other."""

    message_id = models.TextField()
    colleague = models.ForeignKey("store.Colleague", models.CASCADE)
    seen = models.DateTimeField()

    class Meta:
        db_table = "looking"
        constraints = [models.UniqueConstraint(fields=["message_id", "colleague"], name="looking_once")]


class Proposal(models.Model):
    """What an agent program proposes (MCP): it waits for a person."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(auto_now_add=True)
    by = models.CharField(max_length=80, help_text="the token's name")
    kind = models.CharField(max_length=20)
    message_id = models.TextField(null=True)
    customer_id = models.TextField(null=True)
    what = models.JSONField(default=dict)
    state = models.CharField(max_length=10, default="waiting", help_text="'waiting', 'accepted', 'declined'")
    settled_by = models.ForeignKey("store.Colleague", models.SET_NULL, null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "proposal"

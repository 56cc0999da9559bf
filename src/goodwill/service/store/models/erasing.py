"""Persons who were erased: receipts, tombstones that tell nobody who they were, and what a legal hold keeps apart."""

from __future__ import annotations

from django.db import models


class Erasure(models.Model):
    """One erasure and its receipt. Nothing here says whom it was about, once it is done."""

    ASKED, ERASED, DONE = "asked", "erased", "done"

    receipt = models.CharField(max_length=32, primary_key=True, help_text="random: whoever has it may read the receipt")
    asked = models.DateTimeField()
    by = models.CharField(max_length=254, help_text="who asked for it: a colleague, 'token NAME', 'the customer'")
    why = models.CharField(max_length=500, default="")
    state = models.CharField(max_length=10, default=ASKED)
    whom = models.CharField(max_length=64, db_index=True, help_text="a keyed digest of the person's id")
    work = models.TextField(default="", help_text="what to look for, sealed; emptied when it is done")
    erased = models.DateTimeField(null=True, help_text="when nothing of it could be read in the store any more")
    finished = models.DateTimeField(null=True, help_text="when files and free space had been cleaned too")
    report = models.JSONField(default=dict, help_text="what went, what was masked, what is kept, why and until when")
    kept_out = models.PositiveBigIntegerField(default=0, help_text="facts of theirs that came again and were left out")
    last_kept_out = models.DateTimeField(null=True)

    class Meta:
        db_table = "erasure"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["asked", "erased", "done"]), name="erasure_state_allowed"
            )
        ]


class Tombstone(models.Model):
    """HMAC of an id or a handle of somebody who was erased: what comes again under it does not raise the dead."""

    digest = models.CharField(max_length=64, primary_key=True)
    at = models.DateTimeField(help_text="what happened after this is new, and comes in")
    receipt = models.CharField(max_length=32, db_index=True)
    back = models.DateTimeField(null=True, help_text="when they came back of their own accord")

    class Meta:
        db_table = "tombstone"


class Hold(models.Model):
    """A legal hold: a table of a person's facts that may not be destroyed yet."""

    id = models.BigAutoField(primary_key=True)
    customer_id = models.TextField(db_index=True, help_text="whose; a keyed digest once they were erased")
    table = models.CharField(max_length=40)
    reason = models.CharField(max_length=500)
    until = models.DateField()
    by = models.CharField(max_length=254)
    at = models.DateTimeField()
    ended = models.DateTimeField(null=True, help_text="when it was released")
    ended_by = models.CharField(max_length=254, default="")

    class Meta:
        db_table = "hold"


class HeldFact(models.Model):
    """A fact of an erased person that a legal hold keeps: out of all use, sealed, until the hold ends."""

    id = models.BigAutoField(primary_key=True)
    hold = models.ForeignKey(Hold, models.CASCADE, related_name="facts")
    table = models.CharField(max_length=40)
    sealed = models.TextField(help_text="the fact as JSON, sealed (store.secrets)")

    class Meta:
        db_table = "held_fact"

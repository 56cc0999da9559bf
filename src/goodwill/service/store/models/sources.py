"""What hearing sources needs to remember beside the sources themselves."""

from __future__ import annotations

from django.db import models


class Delivery(models.Model):
    """A delivery that was taken: one that comes again under its id is not read again."""

    id = models.BigAutoField(primary_key=True)
    source = models.CharField(max_length=80)
    once = models.CharField(max_length=200, help_text="the delivery's own id, or its SHA-256 where that is odd or long")
    at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "delivery"
        constraints = [models.UniqueConstraint(fields=["source", "once"], name="delivery_once")]


class Removal(models.Model):
    """A fact that its source has removed: it does not come back by being sent again, only by a newer edit.

    Its key is kept as a digest, so that nothing of what was removed is left.
    """

    id = models.BigAutoField(primary_key=True)
    source = models.CharField(max_length=80)
    digest = models.CharField(max_length=43, help_text="HMAC of table and key (erasing.tombstones)")
    at = models.DateTimeField()

    class Meta:
        db_table = "removal"
        constraints = [models.UniqueConstraint(fields=["source", "digest"], name="removal_once")]


class Refusal(models.Model):
    """Why a source was refused, or could not be heard: the last fifty of each, the same in a row counted as one."""

    id = models.BigAutoField(primary_key=True)
    source = models.CharField(max_length=80)
    what = models.TextField()
    where = models.TextField(default="")
    mend = models.TextField(default="")
    first = models.DateTimeField(help_text="when it began")
    at = models.DateTimeField(help_text="when it was so last")
    times = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "refusal"
        indexes = [models.Index(fields=["source", "id"], name="refusal_of_source")]


class LakeChange(models.Model):
    """A fact that was removed, or changed where it stands: the next export makes the lake follow, and forgets this."""

    id = models.BigAutoField(primary_key=True)
    table = models.CharField(max_length=40)
    fact_key = models.TextField()
    upto = models.BigIntegerField(help_text="the last `row` of the versions that hold no more")

    class Meta:
        db_table = "lake_change"

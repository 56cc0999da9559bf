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


class LakeChange(models.Model):
    """A fact that was removed, or changed where it stands: the next export makes the lake follow, and forgets this."""

    id = models.BigAutoField(primary_key=True)
    table = models.CharField(max_length=40)
    fact_key = models.TextField()
    upto = models.BigIntegerField(help_text="the last `row` of the versions that hold no more")

    class Meta:
        db_table = "lake_change"

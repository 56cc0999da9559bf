"""Who is who: what is only probable, what people decided about it, and by which model newcomers are placed."""

from __future__ import annotations

from django.db import models


class Link(models.Model):
    """Two records that may be one person's, how probable that is, and why. A hint until a person confirms it.

    `a` and `b` are ids as they were given, the lesser first. (The database holds that they differ; which text is the
    lesser, databases of different languages do not agree on.)
    """

    PROPOSED, CONFIRMED, REJECTED = "proposed", "confirmed", "rejected"

    id = models.BigAutoField(primary_key=True)
    a = models.TextField()
    b = models.TextField(db_index=True)
    probability = models.FloatField()
    bits = models.FloatField(help_text="the reasons' weights together; one bit doubles the odds")
    state = models.CharField(max_length=10, default=PROPOSED)
    reasons = models.JSONField(default=list, help_text="the waterfall: [{what, agreement, bits}, …], the prior first")
    found = models.DateTimeField()
    decided_by = models.CharField(max_length=254, default="")
    decided = models.DateTimeField(null=True)

    class Meta:
        db_table = "link"
        indexes = [models.Index(fields=["state", "-probability", "id"], name="link_order")]
        constraints = [
            models.UniqueConstraint(fields=["a", "b"], name="link_once"),
            models.CheckConstraint(condition=~models.Q(a=models.F("b")), name="link_of_two"),
            models.CheckConstraint(
                condition=models.Q(probability__gte=0.0, probability__lte=1.0), name="link_probability_allowed"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["proposed", "confirmed", "rejected"]), name="link_state_allowed"
            ),
        ]


class Decision(models.Model):
    """One decision about who is who (know.history.Event). Added to, never changed: an undo is a decision too.

    Only erasing touches what stands here: it puts tombstones in the place of the ids of the erased.
    """

    number = models.PositiveBigIntegerField(primary_key=True, help_text="its place in the log, from nought")
    at = models.DateTimeField()
    by = models.CharField(max_length=254)
    kind = models.CharField(max_length=10)
    left = models.JSONField(default=list, help_text="the records of one side, as they stood then")
    right = models.JSONField(default=list, help_text="those of the other")
    why = models.TextField(default="")
    probability = models.FloatField(null=True, help_text="how probable it looked, where a link was decided on")
    undoes = models.PositiveBigIntegerField(null=True, help_text="the number of the decision that it takes back")

    class Meta:
        db_table = "decision"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["merge", "split", "confirm", "reject", "undo"]),
                name="decision_kind_allowed",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="undo", undoes__lt=models.F("number"))
                | (~models.Q(kind="undo") & models.Q(undoes__isnull=True)),
                name="decision_undoes_an_earlier",
            ),
        ]


class Finding(models.Model):
    """One search for probable links over everybody: its model, by which newcomers are placed until the next."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    model = models.TextField(help_text="know.Model as JSON; it holds nobody's name, nor any other value of theirs")
    upto = models.JSONField(default=dict, help_text="the last row of people and handles that was looked at")
    links = models.PositiveBigIntegerField(default=0)
    notes = models.JSONField(default=list)

    class Meta:
        db_table = "finding"

"""What customers ask for by GDPR art. 15 to 21."""

from __future__ import annotations

from django.db import models


class Request(models.Model):
    """One request: its clock runs from receipt. Of an erased person only that it came and was answered stays."""

    OPEN, ANSWERED, REFUSED = "open", "answered", "refused"
    KINDS = ("access", "rectify", "erase", "restrict", "portability", "object")

    number = models.CharField(max_length=32, primary_key=True, help_text="random: it may stand in a letter")
    kind = models.CharField(max_length=12)
    customer_id = models.TextField(null=True, db_index=True)
    received = models.DateTimeField(help_text="when it reached the firm, by whatever way")
    due = models.DateTimeField(db_index=True, help_text="a month later; three with an extension")
    by = models.CharField(max_length=254, help_text="who took it in: 'the customer', a colleague, 'token NAME'")
    words = models.TextField(default="", help_text="what they wrote; goes with them")
    state = models.CharField(max_length=10, default=OPEN)
    identity = models.CharField(max_length=300, default="", help_text="how it was made sure that it is they")
    extended = models.CharField(max_length=500, default="", help_text="why it takes longer (art. 12 (3))")
    answer = models.TextField(default="", help_text="what was done, or why not")
    answered = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=254, default="")
    receipt = models.CharField(max_length=32, default="", help_text="of the erasure that it led to")
    steps = models.JSONField(default=list, help_text="[{at, who, what}]: the trail")

    class Meta:
        db_table = "request"
        indexes = [models.Index(fields=["state", "due"], name="request_due")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["access", "rectify", "erase", "restrict", "portability", "object"]),
                name="request_kind_allowed",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["open", "answered", "refused"]), name="request_state_allowed"
            ),
        ]

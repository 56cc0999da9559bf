"""Files that were taken in: how far each is, what of it was rejected, and what it takes to undo the whole of it."""

from __future__ import annotations

from django.db import models


class Import(models.Model):
    """One file (or a folder of them) on its way in."""

    WAITING, READING, SENDING, STORING = "waiting", "reading", "sending", "storing"
    DONE, FAILED, UNDOING, UNDONE = "done", "failed", "undoing", "undone"
    UNDER_WAY = (WAITING, READING, SENDING, STORING)

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=200, help_text="the file's name, as it was brought")
    path = models.TextField(help_text="where the file lies, until it has been read")
    mark = models.CharField(max_length=100, default="", help_text="size and time of the file, to know it again")
    source = models.CharField(max_length=80)
    by = models.CharField(max_length=120, help_text="a colleague's e-mail, or 'command line'")
    begun = models.DateTimeField(auto_now_add=True)
    ended = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, default=WAITING)
    done = models.FloatField(default=0.0, help_text="share of the present step")
    tables = models.JSONField(default=dict, help_text="rows by table, once they have been read")
    rows = models.PositiveBigIntegerField(default=0, help_text="rows that could be read, over all tables")
    sent = models.PositiveBigIntegerField(default=0)
    stored = models.PositiveBigIntegerField(default=0, help_text="facts that were new; set at the end")
    rejected = models.PositiveBigIntegerField(default=0, help_text="rows and cells that could not be read")
    notes = models.JSONField(default=list)
    error = models.TextField(default="")

    class Meta:
        db_table = "import"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    state__in=["waiting", "reading", "sending", "storing", "done", "failed", "undoing", "undone"]
                ),
                name="import_state_allowed",
            )
        ]


class ImportPart(models.Model):
    """A part of an import that was sent, and the batch that it became: each part is sent once, each undone once."""

    id = models.BigAutoField(primary_key=True)
    of = models.ForeignKey(Import, models.CASCADE, related_name="parts")
    part = models.PositiveIntegerField()
    batch = models.BigIntegerField(unique=True)
    table = models.CharField(max_length=40)
    rows = models.PositiveIntegerField()
    undone = models.BooleanField(default=False)

    class Meta:
        db_table = "import_part"
        constraints = [models.UniqueConstraint(fields=["of", "part"], name="import_part_once")]


class ImportReject(models.Model):
    """One thing of a file that could not be read."""

    id = models.BigAutoField(primary_key=True)
    of = models.ForeignKey(Import, models.CASCADE, related_name="rejects")
    file = models.CharField(max_length=200)
    line = models.PositiveBigIntegerField(null=True, help_text="the header is line 1")
    column = models.CharField(max_length=200, default="")
    value = models.TextField(default="")
    reason = models.TextField()
    mend = models.TextField(default="")

    class Meta:
        db_table = "import_reject"


class Before(models.Model):
    """A fact as it stood before a batch of an import changed it, so that undoing puts it back."""

    id = models.BigAutoField(primary_key=True)
    batch = models.BigIntegerField(help_text="the batch that changed it")
    table = models.CharField(max_length=40)
    fact_key = models.TextField()
    fact = models.JSONField(help_text="its columns, with the store's own")

    class Meta:
        db_table = "before"
        constraints = [models.UniqueConstraint(fields=["batch", "table", "fact_key"], name="before_once")]

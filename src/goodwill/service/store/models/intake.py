"""What came in and has not been stored yet, and what could not be read."""

from __future__ import annotations

from django.db import models


class Source(models.Model):
    """A place that facts come from: an API token's sender, a file, a webhook, a feed, a mailbox."""

    name = models.SlugField(primary_key=True, max_length=80)
    kind = models.CharField(max_length=40)
    settings = models.JSONField(default=dict)
    secrets = models.TextField(default="", help_text="encrypted (store.secrets)")
    cursor = models.JSONField(default=dict, help_text="how far a pulled source has been read")
    paused = models.BooleanField(default=False)
    created = models.DateTimeField(auto_now_add=True)
    last_seen = models.DateTimeField(null=True)
    last_error = models.TextField(default="")
    failures = models.PositiveIntegerField(default=0, help_text="in a row; 0 after a success")
    next_pull = models.DateTimeField(null=True)
    last_well = models.DateTimeField(null=True, help_text="when it was last heard without a fault, with news or none")
    last_refused = models.DateTimeField(null=True, help_text="when a request in its name was last refused")
    said = models.TextField(default="", help_text="what was left out of the last that was heard, and why")
    turn = models.PositiveBigIntegerField(
        default=0, help_text="grows with every piece that is kept: of two who hear it at once, one is too late"
    )
    held_by = models.CharField(max_length=80, default="", help_text="the process that hears its stream")
    held_until = models.DateTimeField(null=True)
    owns = models.JSONField(
        default=list, help_text="other sources whose facts it may edit and remove too, since a person said so"
    )

    class Meta:
        db_table = "source"


class Batch(models.Model):
    """One raw batch as it was accepted: drained once. Its bytes lie apart, in `Raw`."""

    WAITING, DRAINED, FAILED = "waiting", "drained", "failed"
    FACTS, EDIT, REMOVE = "facts", "edit", "remove"

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=10, default=FACTS, help_text="what its rows are: facts, edits, keys to remove")
    table = models.CharField(max_length=40)
    source = models.CharField(max_length=80, default="")
    encoding = models.CharField(
        max_length=10, default="", help_text="'gzip', 'arrow' (an import's part), or empty: as it is"
    )
    rows = models.PositiveIntegerField()
    size = models.PositiveIntegerField(default=0, help_text="bytes once unpacked")
    state = models.CharField(max_length=10, default=WAITING)
    received = models.DateTimeField()
    drained = models.DateTimeField(null=True)
    stored = models.PositiveIntegerField(default=0, help_text="facts that were new")
    unread = models.PositiveIntegerField(default=0, help_text="facts that could not be read")
    left_out = models.PositiveIntegerField(
        default=0,
        db_default=0,
        help_text="facts that were not stored: of persons who were erased, or removed by their source before",
    )
    bulk = models.BooleanField(
        default=False, db_default=False, help_text="of an import: it gives way to whatever comes by itself"
    )
    token = models.CharField(max_length=120, default="", help_text="who sent it: 'token NAME', a colleague's e-mail")

    class Meta:
        db_table = "batch"
        indexes = [
            # The drainer's queue and the sum of the backlog, from the index alone.
            models.Index(fields=["state", "bulk", "id", "rows", "size"], name="batch_waiting"),
            # How much each source brought by day, from the index alone too.
            models.Index(fields=["received", "source", "rows"], name="batch_volume"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "drained", "failed"]), name="batch_state_allowed"
            ),
            models.CheckConstraint(condition=models.Q(kind__in=["facts", "edit", "remove"]), name="batch_kind_allowed"),
        ]


class Raw(models.Model):
    """The bytes of a batch as they came, never changed; thrown away a while after it was drained.

    A table of its own, because SQLite writes a whole row again whenever one of its columns changes.
    """

    batch = models.OneToOneField(Batch, models.CASCADE, primary_key=True)
    body = models.BinaryField(help_text="JSON array or NDJSON, packed as the batch's `encoding` says")

    class Meta:
        db_table = "batch_raw"


class Unread(models.Model):
    """One fact that could not be read: what came, why it was refused, how to mend it; it can be replayed."""

    id = models.BigAutoField(primary_key=True)
    batch = models.BigIntegerField(null=True, db_index=True)
    position = models.PositiveIntegerField(help_text="which row of the batch, from 1")
    table = models.CharField(max_length=40)
    source = models.CharField(max_length=80, default="")
    row = models.TextField(help_text="the row as it came, JSON")
    field = models.CharField(max_length=80, default="")
    reason = models.TextField()
    mend = models.TextField(default="")
    at = models.DateTimeField()
    settled = models.DateTimeField(null=True, help_text="replayed or put aside")
    how = models.CharField(max_length=10, default="", help_text="'replayed' or 'put aside'")

    class Meta:
        db_table = "unread"
        # Only what nobody has settled, of whatever has piled up.
        indexes = [
            models.Index(fields=["id"], condition=models.Q(settled__isnull=True), name="unread_waiting"),
            models.Index(fields=["source"], condition=models.Q(settled__isnull=True), name="unread_of_source"),
        ]
        constraints = [models.UniqueConstraint(fields=["batch", "position"], name="unread_once")]

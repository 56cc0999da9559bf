"""Work in the background (lease, retry, schedule), alerts, and which processes live."""

from __future__ import annotations

from django.db import models


class Job(models.Model):
    """One piece of work: retried with back-off, leased while it runs so that a dead worker's job comes back."""

    WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=80)
    arguments = models.JSONField(default=dict)
    once = models.CharField(max_length=200, null=True, help_text="no two jobs with the same word wait or run at once")
    state = models.CharField(max_length=10, default=WAITING)
    due = models.DateTimeField()
    made = models.DateTimeField(auto_now_add=True)
    begun = models.DateTimeField(null=True)
    finished = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    worker = models.CharField(max_length=80, default="")
    tries = models.PositiveIntegerField(default=0)
    most_tries = models.PositiveIntegerField(default=5)
    done = models.FloatField(default=0, help_text="0 to 1")
    saying = models.TextField(default="", help_text="what it is doing, or did")
    error = models.TextField(default="")

    class Meta:
        db_table = "job"
        indexes = [models.Index(fields=["state", "due"], name="job_next")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "running", "done", "failed"]), name="job_state_allowed"
            ),
            models.UniqueConstraint(
                fields=["once"], condition=models.Q(state__in=["waiting", "running"]), name="job_once"
            ),
        ]


class Schedule(models.Model):
    """When a job comes round again."""

    name = models.CharField(max_length=80, primary_key=True)
    every_seconds = models.PositiveIntegerField(null=True)
    at_hour = models.PositiveSmallIntegerField(null=True, help_text="daily at this hour in the firm's zone")
    next = models.DateTimeField()
    paused = models.BooleanField(default=False)

    class Meta:
        db_table = "schedule"


class Alert(models.Model):
    """One alert: sent at most once for one cause."""

    id = models.BigAutoField(primary_key=True)
    cause = models.CharField(max_length=200, help_text="what it is about; no second alert while it lasts")
    at = models.DateTimeField(auto_now_add=True)
    text = models.TextField()
    to = models.JSONField(default=list)
    sent = models.DateTimeField(null=True)
    ended = models.DateTimeField(null=True)
    error = models.TextField(default="")

    class Meta:
        db_table = "alert"
        constraints = [
            models.UniqueConstraint(
                fields=["cause"], condition=models.Q(ended__isnull=True), name="alert_once_for_one_cause"
            )
        ]


class Heartbeat(models.Model):
    """When each process of the service was last alive, and what it carries."""

    process = models.CharField(max_length=80, primary_key=True)
    kind = models.CharField(max_length=20, help_text="'web', 'drainer' or 'worker'")
    at = models.DateTimeField()
    figures = models.JSONField(default=dict)

    class Meta:
        db_table = "heartbeat"


class Setting(models.Model):
    """A setting of the firm that a person entered on a page: it goes over goodwill.toml."""

    name = models.CharField(max_length=120, primary_key=True, help_text="'assumptions.margin', 'firm.name', …")
    value = models.JSONField()
    by = models.CharField(max_length=254)
    at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "setting"

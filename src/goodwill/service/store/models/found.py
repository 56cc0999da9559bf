"""What goodwill made of the facts: readings, who is who, what each is worth. All of it can be made again."""

from __future__ import annotations

from django.db import models


class Reading(models.Model):
    """What one message meant (facts.READINGS)."""

    message_id = models.TextField(primary_key=True)
    mood = models.TextField(null=True)
    p_negative = models.FloatField(null=True)
    p_neutral = models.FloatField(null=True)
    p_positive = models.FloatField(null=True)
    score = models.FloatField(null=True)
    intent = models.TextField(null=True)
    p_intent = models.FloatField(null=True)
    intents = models.JSONField(default=list)
    topic = models.TextField(null=True)
    topics = models.JSONField(default=list)
    urgency = models.FloatField(null=True)
    flow = models.IntegerField(null=True)
    language = models.TextField(null=True)
    lane = models.TextField()
    model = models.TextField()
    certainty = models.FloatField(null=True)
    review = models.BooleanField(null=True, help_text="unsure: a person should look at it")
    customer_id = models.TextField(null=True, db_index=True, help_text="the person who said it, as far as is known")
    corrected = models.BooleanField(default=False, help_text="a person corrected it")

    class Meta:
        db_table = "reading"


class Person(models.Model):
    """Which person an id or a handle stands for: `given` is 'id|…' or a handle's key (know.handles.handle_keys)."""

    given = models.TextField(primary_key=True)
    customer_id = models.TextField(db_index=True)

    class Meta:
        db_table = "person"


class Valuation(models.Model):
    """One valuation of everybody: when, from which facts, with which parameters; any ranking can be replayed."""

    WORKING, DONE, FAILED = "working", "done", "failed"

    id = models.BigAutoField(primary_key=True)
    as_of = models.DateTimeField()
    begun = models.DateTimeField(auto_now_add=True)
    finished = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, default=WORKING)
    upto_row = models.JSONField(default=dict, help_text="the last `row` of each table that it saw")
    parameters = models.JSONField(default=dict, help_text="models and their parameters, assumptions, versions")
    checks = models.JSONField(default=dict, help_text="reconciliation, stability, notes")
    proof = models.JSONField(default=dict, help_text="what the pages Causes and Promises show")
    currency = models.CharField(max_length=3, default="EUR")

    class Meta:
        db_table = "valuation"


def _money(**options: object) -> models.DecimalField:
    return models.DecimalField(max_digits=18, decimal_places=2, **options)  # type: ignore[arg-type]


class Worth(models.Model):
    """What one customer is worth (facts.WORTH), as of the latest finished valuation."""

    customer_id = models.TextField(primary_key=True)
    valuation = models.BigIntegerField()
    spend = _money()
    referral = _money()
    influence = _money()
    knowledge = _money()
    follows = _money()
    passed_on = _money()
    worth = _money()
    follows_low = _money(null=True)
    follows_high = _money(null=True)
    worth_low = _money(null=True)
    worth_high = _money(null=True)
    generated = _money()
    evidence = models.JSONField(default=list)
    standing = models.CharField(max_length=12, null=True)
    name = models.TextField(default="", help_text="for lists and search")
    fifth = models.PositiveSmallIntegerField(null=True, help_text="1 to 5 by worth; 5 is the highest")

    class Meta:
        db_table = "worth"
        indexes = [
            models.Index(fields=["-worth", "customer_id"], name="worth_order"),
            models.Index(fields=["-follows", "customer_id"], name="worth_follows"),
            models.Index(fields=["name", "customer_id"], name="worth_name"),
            models.Index(fields=["standing", "-worth"], name="worth_standing"),
            models.Index(fields=["standing", "-follows", "customer_id"], name="worth_standing_follows"),
            models.Index(fields=["evidence", "-worth", "customer_id"], name="worth_evidence"),
            models.Index(fields=["evidence", "-follows", "customer_id"], name="worth_evidence_follows"),
        ]


class Line(models.Model):
    """One line of the ledger (facts.LEDGER) of the latest finished valuation."""

    entry_id = models.TextField(primary_key=True)
    valuation = models.BigIntegerField()
    at = models.DateTimeField()
    customer_id = models.TextField()
    counterparty_id = models.TextField()
    kind = models.TextField()
    amount = _money()
    low = _money(null=True)
    high = _money(null=True)
    evidence = models.JSONField(default=list)
    rule = models.TextField()

    class Meta:
        db_table = "line"
        indexes = [models.Index(fields=["customer_id", "at"], name="line_account")]


class Tie(models.Model):
    """Who listens to whom (facts.TIES), of the latest finished valuation: what a stake is made from."""

    id = models.BigAutoField(primary_key=True)
    valuation = models.BigIntegerField()
    owner = models.TextField(db_index=True, help_text="the one who was brought or swayed")
    beneficiary = models.TextField(db_index=True, help_text="the one who brought or swayed them")
    kind = models.CharField(max_length=10, help_text="'referral' or 'influence'")
    share = models.FloatField(help_text="of what the owner brings, the part due to the beneficiary")
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    responses = models.BigIntegerField(null=True)
    last_at = models.DateTimeField(null=True)
    evidence = models.CharField(max_length=10, null=True)

    class Meta:
        db_table = "tie"

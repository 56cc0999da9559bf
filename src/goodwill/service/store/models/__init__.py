"""The store's models, by what they are for."""

from goodwill.service.store.models.background import Alert, Heartbeat, Job, Schedule, Setting
from goodwill.service.store.models.facts import FACTS, OWN_COLUMNS, key_of
from goodwill.service.store.models.found import Line, Person, Reading, Tie, Valuation, Worth
from goodwill.service.store.models.intake import Batch, Raw, Source, Unread
from goodwill.service.store.models.people import Audit, Colleague, Invitation, Token, View
from goodwill.service.store.models.work import Case, Deed, Looking, Proposal

__all__ = [
    "FACTS",
    "OWN_COLUMNS",
    "Alert",
    "Audit",
    "Batch",
    "Case",
    "Colleague",
    "Deed",
    "Heartbeat",
    "Invitation",
    "Job",
    "Line",
    "Looking",
    "Person",
    "Proposal",
    "Raw",
    "Reading",
    "Schedule",
    "Setting",
    "Source",
    "Tie",
    "Token",
    "Unread",
    "Valuation",
    "View",
    "Worth",
    "key_of",
]

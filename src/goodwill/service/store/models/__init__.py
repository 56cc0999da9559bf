"""The store's models, by what they are for."""

from goodwill.service.store.models.background import Alert, Heartbeat, Job, Schedule, Setting
from goodwill.service.store.models.door import Ask, Asking, DoorLink, ReferralCode
from goodwill.service.store.models.erasing import Erasure, HeldFact, Hold, Tombstone
from goodwill.service.store.models.facts import FACTS, OWN_COLUMNS, key_of
from goodwill.service.store.models.found import Line, Person, Reading, Tie, Valuation, Worth
from goodwill.service.store.models.imports import Before, Import, ImportPart, ImportReject
from goodwill.service.store.models.intake import Batch, Raw, Source, Unread
from goodwill.service.store.models.people import Audit, Colleague, Invitation, Token, View
from goodwill.service.store.models.requests import Request
from goodwill.service.store.models.search import SearchedUpto, SearchWord
from goodwill.service.store.models.sources import Delivery, LakeChange, Refusal, Removal
from goodwill.service.store.models.terms import Pace, Proffered, Recognisable
from goodwill.service.store.models.who import Decision, Finding, Link
from goodwill.service.store.models.work import Case, Deed, Looking, Proposal

__all__ = [
    "FACTS",
    "OWN_COLUMNS",
    "Alert",
    "Ask",
    "Asking",
    "Audit",
    "Batch",
    "Before",
    "Case",
    "Colleague",
    "Decision",
    "Deed",
    "Delivery",
    "DoorLink",
    "Erasure",
    "Finding",
    "Heartbeat",
    "HeldFact",
    "Hold",
    "Import",
    "ImportPart",
    "ImportReject",
    "Invitation",
    "Job",
    "LakeChange",
    "Line",
    "Link",
    "Looking",
    "Pace",
    "Person",
    "Proffered",
    "Proposal",
    "Raw",
    "Reading",
    "Recognisable",
    "ReferralCode",
    "Refusal",
    "Removal",
    "Request",
    "Schedule",
    "SearchWord",
    "SearchedUpto",
    "Setting",
    "Source",
    "Tie",
    "Token",
    "Tombstone",
    "Unread",
    "Valuation",
    "View",
    "Worth",
    "key_of",
]

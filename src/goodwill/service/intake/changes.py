"""Edits and removals of facts that are held, carried out within the drainer's transaction.

What was made of a message goes with it: its reading (made again where it was edited), its case, whatever else the store
keeps by `message_id`, what people corrected of it, and the bytes in which it came. What our own people did (deeds,
actions) stays: it is theirs. The lake follows at its next export, by `LakeChange`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.apps import apps

from goodwill.facts import TABLES
from goodwill.service.intake import removals
from goodwill.service.intake.faults import Fault
from goodwill.service.intake.pieces import Piece, keys_of, list_unread
from goodwill.service.intake.reopening import reopen
from goodwill.service.intake.tables import Facts, writer
from goodwill.service.store.audit import record
from goodwill.service.store.models import FACTS, Batch, Case, Deed, LakeChange, Proposal, Raw, Reading, Source, Unread

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from goodwill.service.intake.columns import Columns

OURS = "goodwill"
"""The source of what people here write: anybody's edit may replace it, and it may replace anybody's."""
AT_ONCE = 5_000
KEYS_TOLD = 10
ACTS = {Batch.EDIT: "edited facts", Batch.REMOVE: "removed facts"}


@dataclass
class Changes:
    """What was changed: by batch the keys, and the persons whose other messages may have another place now."""

    keys: dict[int, list[str]] = field(default_factory=dict)
    persons: set[str] = field(default_factory=set)

    def note(self, batch: Batch, key: str) -> None:
        self.keys.setdefault(batch.id, []).append(key)

    def audit(self, batches: Sequence[Batch]) -> None:
        """A line for each batch that has changed anything."""
        for batch in batches:
            keys = list(dict.fromkeys(self.keys.get(batch.id, ())))
            if keys:
                record(batch.token or "goodwill", ACTS[batch.kind], what=_told(batch, keys))


def _told(batch: Batch, keys: list[str]) -> str:
    said = f"{len(keys):,} {batch.table} of {batch.source or 'no source'}"
    if len(TABLES[batch.table].key or ("",)) > 1:  # a handle's key is the handle
        return said
    more = ", …" if len(keys) > KEYS_TOLD else ""
    return f"{said}: {', '.join(key[:80] for key in keys[:KEYS_TOLD])}{more}"


@dataclass(frozen=True)
class _Held:
    row: int
    source: str
    batch: int | None


def _held(table: str, keys: Sequence[str]) -> dict[str, _Held]:
    """What stands under these keys."""
    found = {}
    for some in _parts(sorted(set(keys))):
        rows = FACTS[table].objects.filter(fact_key__in=some)
        found |= {key: _Held(*rest) for key, *rest in rows.values_list("fact_key", "row", "fact_source", "batch")}
    return found


def _parts(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), AT_ONCE):
        yield values[start : start + AT_ONCE]


class _Owners:
    """Whose facts the sources of some batches may change: their own, what people here wrote, what they took over."""

    def __init__(self, piece: Piece) -> None:
        sources = {batch.source for batch, _ in piece.of}
        self._over = dict(Source.objects.filter(name__in=sources).exclude(owns=[]).values_list("name", "owns"))

    def may(self, batch: Batch, held: _Held | None) -> bool:
        """Whether a batch may change what is held; people here may change all."""
        return held is None or batch.source == OURS or held.source in (batch.source, OURS, *self.of(batch.source))

    def of(self, source: str) -> list[str]:
        """The other sources whose facts it has taken over, since a person said so."""
        return self._over.get(source, [])


def _foreign(at: int, held: _Held) -> Fault:
    if not held.source:
        what, mend = "the fact came from no source that has a name", "correct it by hand where it is shown"
    else:
        what = f"the fact came from {held.source!r}, which alone may change it"
        mend = "correct it by hand, or say on this source's page that it also owns what came from there, and replay it"
    return Fault(at, "", what, mend)


# --- edits ----------------------------------------------------------------------------------------------------------


def edit(piece: Piece, found: Columns, now: datetime, unread: list[Unread], changes: Changes) -> None:
    """Puts rows in the place of the facts that have their keys."""
    if not piece.rows:
        return
    table, every = piece.table, found.table.names
    keys = keys_of(found, len(piece.rows))
    held = _held(table, keys)
    corrected = _corrected(table, held)
    nothing: list[Any] = [None] * len(keys)
    columns = [found.values.get(name, nothing) for name in every]
    standing = writer().standing(Facts(table, (), [(key, "", 0, now) for key in sorted(held)]))
    became = dict(standing)
    lines: dict[str, tuple[Any, ...]] = {}
    faults, foreign, owners = [], set(), _Owners(piece)
    published: list[tuple[str, str]] = []
    for at, (key, values) in enumerate(zip(keys, zip(*columns, strict=True), strict=True)):
        batch, _ = piece.of[at]
        if not owners.may(batch, held.get(key)):
            faults.append(_foreign(at, held[key]))
            foreign.add(at)
            continue
        published += [(source, key) for source in (batch.source, *owners.of(batch.source))]
        new = dict(zip(every, values, strict=True))
        old = became.get(key)
        if old is not None:
            kept = corrected.get(key, frozenset())
            named = piece.rows[at].keys()
            stays = {name for name in every if name in kept or (new[name] is None and name not in named)}
            new |= {name: old[name] for name in stays}
        if new != old:
            became[key] = new
            lines[key] = (key, batch.source, batch.id, now, *(new[name] for name in every))
            changes.note(batch, key)
    found.handles = {handle: at for handle, at in found.handles.items() if at not in foreign}
    list_unread(piece, faults, unread)
    removals.lift(table, published)
    if not lines:
        return
    writer().replace(Facts(table, every, list(lines.values())))
    lake_follows(table, {key: held[key].row for key in lines if key in held})
    if table == "messages":
        _read_again(list(lines), standing, became)


def _corrected(table: str, held: dict[str, _Held]) -> dict[str, frozenset[str]]:
    """Which fields of these facts a person has corrected."""
    found: dict[str, set[str]] = {}
    for some in _parts(sorted(held)):
        rows = FACTS["corrections"].objects.filter(table=table, key__in=some)
        for key, name in rows.values_list("key", "field"):
            found.setdefault(key, set()).add(name)
    return {key: frozenset(names) for key, names in found.items()}


def _read_again(keys: list[str], was: dict[str, dict[str, Any]], became: dict[str, dict[str, Any]]) -> None:
    """Without a reading, a message is read by whoever comes first: the drainer in a moment, or the next ranking.

    People's corrections of readings are facts of their own: they hold of the new reading too.
    """
    for some in _parts(keys):
        Reading.objects.filter(message_id__in=some).delete()
    for key in keys:
        if key in was and was[key]["at"] != became[key]["at"]:
            Case.objects.filter(message_id=key).update(at=became[key]["at"])


# --- removals -------------------------------------------------------------------------------------------------------


def remove(piece: Piece, now: datetime, unread: list[Unread], changes: Changes) -> None:
    """Takes facts away, with all that was made of them; they stay away until their source edits them."""
    keys = [str(row.get("key", "")) for row in piece.rows]
    held, owners = _held(piece.table, keys), _Owners(piece)
    connected = removals.connected(batch.source for batch, _ in piece.of)
    going: dict[str, _Held] = {}
    removed: list[tuple[str, str]] = []
    faults = []
    for at, key in enumerate(keys):
        batch, _ = piece.of[at]
        here = held.get(key)
        if not owners.may(batch, here):
            assert here is not None
            faults.append(_foreign(at, here))
            continue
        _unlist(piece.table, batch.source, key)
        removed += [(source, key) for source in _sent_by(batch, here, connected)]
        if here is not None and key not in going:
            going[key] = here
            changes.note(batch, key)
    list_unread(piece, faults, unread)
    removals.note(piece.table, removed, now)
    for some in _parts(sorted(going)):
        if piece.table == "actions":
            changes.persons |= reopen(some).persons
        forget(piece.table, some, {key: going[key].row for key in some}, changes.persons)
        came_in = {going[key].batch for key in some} - {None}
        Raw.objects.filter(batch__in=came_in, batch__state=Batch.DRAINED).delete()


def _sent_by(batch: Batch, held: _Held | None, connected: set[str]) -> set[str]:
    """Who might send a removed fact again: its source, and whoever removed it. A source that is going itself is not."""
    sources = {batch.source, *([held.source] if held is not None else [])}
    gone = {batch.source} - connected
    return sources - gone - {OURS}


def forget(table: str, keys: Sequence[str], rows: dict[str, int], persons: set[str]) -> None:
    """Deletes facts and what was made of them; adds the persons who had said them."""
    FACTS[table].objects.filter(fact_key__in=keys).delete()
    lake_follows(table, rows)
    if table == "messages":
        said = Reading.objects.filter(message_id__in=keys).exclude(customer_id=None)
        persons |= set(said.values_list("customer_id", flat=True))
        for model in by_message():
            theirs = model.objects.filter(message_id__in=keys)
            (theirs.filter(state="waiting") if model is Proposal else theirs).delete()
    corrections = FACTS["corrections"].objects.filter(
        table__in=[table, "readings"] if table == "messages" else [table], key__in=keys
    )
    lake_follows("corrections", dict(corrections.values_list("fact_key", "row")))
    corrections.delete()


def by_message() -> list[Any]:
    """What the store keeps by message, but for facts and for what people did: found, so that none is forgotten."""
    left = {*FACTS.values(), Deed}
    models = apps.get_app_config("store").get_models()
    return [
        model
        for model in models
        if model not in left and any(field.name == "message_id" for field in model._meta.concrete_fields)
    ]


def _unlist(table: str, source: str, key: str) -> None:
    """What of this fact could not be read goes too."""
    import json

    from goodwill.service.store.models import key_of

    for one in Unread.objects.filter(table=table, source=source, row__contains=json.dumps(key)[1:-1]):
        try:
            row = json.loads(one.row)
            same = isinstance(row, dict) and key_of(table, row) == key
        except ValueError:
            continue
        if same:
            one.delete()


def lake_follows(table: str, rows: Mapping[str, int]) -> None:
    """The lake's versions of these facts, up to these rows, hold no more: the next export brings what is so now."""
    LakeChange.objects.bulk_create(
        [LakeChange(table=table, fact_key=key, upto=row) for key, row in sorted(rows.items())], batch_size=500
    )

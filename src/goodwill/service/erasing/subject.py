"""Who is to be erased: every id, handle, name and message of one person, gathered from wherever it stands."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.db.models.functions import Lower

from goodwill.service.erasing.marks import Marks, parts_of, quotes_of
from goodwill.service.live import people
from goodwill.service.store.models import FACTS, Person, Reading, Worth
from goodwill.service.store.secrets import seal, unseal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

AT_ONCE = 500
_FORMS = {"email": re.compile(r"email:(.+@.+)"), "phone": re.compile(r"phone:(\+?\d{6,})")}
_ADDRESS = re.compile(r"[^@\s:|]+@[^@\s|]+\.[^@\s|]+")


@dataclass
class Subject:
    """One person, as lists that can be kept (sealed) while the work goes on."""

    person: str
    ids: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)  # handles as `Person` has them
    messages: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    quotes: list[str] = field(default_factory=list)

    def marks(self) -> Marks:
        """How they can be told in the words of others."""
        values: dict[str, set[str]] = {}
        for key in self.keys:
            kind, _, value = key.partition("|")
            values.setdefault(kind, set()).add(value.rpartition("|")[2] if kind == "account" else value)
        for one in self.ids:
            for kind, form in _FORMS.items():
                if found := form.fullmatch(one):
                    values.setdefault(kind, set()).add(found[1])
            if _ADDRESS.fullmatch(one):
                values.setdefault("email", set()).add(one.lower())
        return Marks(
            names=tuple(sorted(self.names)),
            parts=tuple(sorted(self.parts)),
            emails=tuple(sorted(values.pop("email", ()))),
            numbers=tuple(sorted(values.pop("phone", ()))),
            accounts=tuple(sorted(one for one in values.pop("account", ()) if len(one) > 1)),
            others=tuple(sorted(one for some in values.values() for one in some if len(one) > 3)),
            ids=tuple(sorted({*self.ids, *self.messages})),
            quotes=tuple(self.quotes),
        )

    def tombstones(self) -> list[str]:
        """Under what they must not come again."""
        found = {f"id|{one}" for one in self.ids} | set(self.keys) | {f"message|{one}" for one in self.messages}
        marks = self.marks()
        found |= {f"email|{one}" for one in marks.emails} | {f"phone|{one}" for one in marks.numbers}
        return sorted(found)

    def sealed(self) -> str:
        """For the store, while the work goes on."""
        return seal(json.dumps(asdict(self), ensure_ascii=False))

    def united(self, other: Subject) -> Subject:
        """Both together: what was gathered before, and what has come since."""
        mine, theirs = asdict(self), asdict(other)
        merged = {name: sorted({*mine[name], *theirs[name]}) for name in mine if name != "person"}
        merged["quotes"] = list(dict.fromkeys([*self.quotes, *other.quotes]))
        return Subject(person=self.person, **merged)


def unsealed(text: str) -> Subject:
    """What `sealed` made."""
    return Subject(**json.loads(unseal(text)))


def gather(customer_id: str, ids: Iterable[str] = (), keys: Iterable[str] = ()) -> Subject:
    """Everything by which the person of an id can be told; `ids` and `keys` were theirs before."""
    person = people.person_of(customer_id)
    all_ids = sorted({customer_id, *people.ids_of([person]), *ids})
    all_keys = {*_handles(all_ids), *_known_by(person), *keys}
    messages, authors, texts = _said(person, all_ids, all_keys)
    all_keys |= authors[0]
    names = _names(person, all_ids) | authors[1]
    return Subject(
        person=person,
        ids=all_ids,
        keys=sorted(all_keys),
        messages=sorted(messages),
        names=sorted(names),
        parts=_own_parts(sorted(names), all_ids),
        quotes=list(quotes_of(texts)),
    )


# --- handles and names ------------------------------------------------------------------------------------------------


def _handles(ids: Sequence[str]) -> set[str]:
    import pyarrow as pa

    from goodwill.know.handles import UNITING_KINDS, handle_keys

    rows = list(FACTS["handles"].objects.filter(customer_id__in=ids).values_list("kind", "value", "channel"))
    rows = [row for row in rows if row[0] in UNITING_KINDS]
    if not rows:
        return set()
    columns = [pa.array(list(column), pa.string()) for column in zip(*rows, strict=True)]
    return {key for key in handle_keys(*columns).to_pylist() if key}


def _known_by(person: str) -> set[str]:
    given = Person.objects.filter(customer_id=person).values_list("given", flat=True)
    return {one for one in given if not one.startswith(people.ID)}


def _names(person: str, ids: Sequence[str]) -> set[str]:
    found = set(FACTS["people"].objects.filter(fact_key__in=ids).values_list("name", flat=True))
    found |= set(Worth.objects.filter(customer_id__in=[person, *ids]).values_list("name", flat=True))
    named = FACTS["handles"].objects.filter(customer_id__in=ids, kind="name")
    found |= set(named.values_list("value", flat=True))
    corrected = FACTS["corrections"].objects.filter(table="people", key__in=ids, field="name")
    found |= set(corrected.values_list("value", flat=True))
    return {one.strip() for one in found if one and len(one.strip()) > 2 and one.strip().lower() != "none"}


def _own_parts(names: Sequence[str], ids: Sequence[str]) -> list[str]:
    """Parts of names that nobody else here has: alone they tell this person."""
    from goodwill.service import live
    from goodwill.service.store.models import Colleague

    ours = {word.lower() for name in live.firm().staff.names for word in name.split()}
    ours |= {word.lower() for name in Colleague.objects.values_list("name", flat=True) for word in name.split()}
    others = FACTS["people"].objects.exclude(fact_key__in=ids)
    return [part for part in parts_of(names) if part.lower() not in ours and not _another_has(part, others)]


def _another_has(part: str, others: Any) -> bool:
    wanted = re.compile(rf"(?<!\w){re.escape(part)}(?!\w)", re.IGNORECASE)
    candidates = others.filter(name__icontains=part).values_list("name", flat=True)[:1_000]
    return any(wanted.search(name or "") for name in candidates)


# --- what they said ---------------------------------------------------------------------------------------------------


def _said(person: str, ids: Sequence[str], keys: set[str]) -> tuple[set[str], tuple[set[str], set[str]], list[str]]:
    """Their messages; the handles and the names with which these were written; and the texts."""
    messages = FACTS["messages"].objects
    read = set(Reading.objects.filter(customer_id=person).values_list("message_id", flat=True))
    columns = ("fact_key", "channel", "author", "customer_id", "text")
    rows: dict[str, tuple[Any, ...]] = {}
    for some in _parts(sorted(read)):
        rows |= {row[0]: row for row in messages.filter(fact_key__in=some).values_list(*columns)}
    rows |= {row[0]: row for row in messages.filter(customer_id__in=ids).values_list(*columns)}
    written = _as_written(keys)
    for some in _parts(written):
        by_author = messages.alias(who=Lower("author")).filter(Q(who__in=some)).values_list(*columns)
        for row in by_author:
            if row[0] not in rows and row[3] in (None, *ids) and _author_key(row[1], row[2]) & keys:
                rows[row[0]] = row
    anothers = _anothers(set(rows) - read, person)
    theirs = [row for key, row in sorted(rows.items()) if key not in anothers]
    authors: set[str] = set()
    names: set[str] = set()
    for _, channel, author, _, _ in theirs:
        if author:
            authors |= _author_key(channel, author)
            if " " in author.strip() and not author.startswith("http"):
                names.add(author.strip())
    return {row[0] for row in theirs}, (authors, names), [row[4] for row in theirs if row[4]]


def _anothers(ids: set[str], person: str) -> set[str]:
    """Messages that, by a person's word, somebody else said."""
    found: set[str] = set()
    for some in _parts(sorted(ids)):
        read = Reading.objects.filter(message_id__in=some).exclude(customer_id=None).exclude(customer_id=person)
        found |= set(read.values_list("message_id", flat=True))
    return found


def _as_written(keys: Iterable[str]) -> list[str]:
    found: set[str] = set()
    for key in keys:
        kind, _, value = key.partition("|")
        if kind == "account":
            value = value.rpartition("|")[2]
            found |= {value, f"@{value}", f"u/{value}", f"/u/{value}"}
        elif kind in ("email", "phone"):
            found.add(value)
    return sorted(found)


def _author_key(channel: str | None, author: str | None) -> set[str]:
    import pyarrow as pa

    if not author:
        return set()
    where, who = pa.array([channel], pa.string()), pa.array([author], pa.string())
    both = [people.author_keys(where, who, anywhere=anywhere)[0].as_py() for anywhere in (False, True)]
    return {one for one in both[:1] if one} | {one for one in both if one and one.startswith(("email|", "phone|"))}


def _parts(values: Sequence[str]) -> Iterable[Sequence[str]]:
    return (values[start : start + AT_ONCE] for start in range(0, len(values), AT_ONCE))

"""The form of a kind of source: one field for each of its settings, in its own words; a secret is never shown again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from goodwill.errors import SettingsError
from goodwill.listen.sources import kind as kind_called
from goodwill.report.figures import initial
from goodwill.service.sources.connect import form_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from goodwill.errors import GoodwillError
    from goodwill.service.sources.connect import Field, Form

LONG = frozenset({"authority", "query"})
"""Fields whose values have several lines."""
LONGEST = 20_000
FEW = 3
_ADDRESS = re.compile(r"^\S*[.:]\S+$")
_FIELD = re.compile(r"(\w+)(?:: | is missing)")


@dataclass(frozen=True)
class Entry:
    """One field as it stands on a page, with what was typed (never a secret)."""

    field: Field
    value: str = ""
    wrong: str = ""

    @property
    def id(self) -> str:
        return f"s-{self.field.name}"

    @property
    def label(self) -> str:
        return {"url": "URL"}.get(self.field.label) or initial(self.field.label)

    @property
    def help(self) -> str:
        return f"{initial(self.field.help).rstrip('.')}." if self.field.help else ""

    @property
    def choices(self) -> tuple[str, ...]:
        return self.field.choices if len(self.field.choices) > 1 else ()

    @property
    def long(self) -> bool:
        return self.field.name in LONG

    @property
    def optional(self) -> bool:
        """Whether it may be left as it is."""
        return not (self.field.required or self.field.asked_first or self.wrong)


def entries(form: Form, shown: Mapping[str, str], wrong: tuple[str, str] = ("", "")) -> list[Entry]:
    """The fields of a form with what is shown in them; `wrong`: the field that does not hold, and why."""
    return [
        Entry(
            one,
            "" if one.secret else shown.get(one.name, one.default),
            wrong[1] if one.name == wrong[0] else "",
        )
        for one in form.fields
    ]


def parted(fields: list[Entry]) -> tuple[list[Entry], list[Entry]]:
    """The fields to look at, and those that may stay as they are: what has a value, and all if many may stay empty."""
    empty = [one for one in fields if one.optional and not one.field.default]
    apart = [one for one in fields if one.optional and (one.field.default or len(empty) > FEW)]
    return [one for one in fields if one not in apart], apart


def typed(form: Form, post: Mapping[str, str]) -> dict[str, str]:
    """What was typed, by field; no more than the kind asks for."""
    found = {}
    for one in form.fields:
        value = post.get(f"s-{one.name}", "").replace("\x00", "").replace("\r\n", "\n")[:LONGEST]
        found[one.name] = value.strip("\n") if one.secret else value.strip()
    return found


def given(form: Form, written: Mapping[str, str]) -> dict[str, Any]:
    """The same as settings: a field that was left empty takes what the kind has for it."""
    return {name: value for name, value in written.items() if value}


def changed(kind_name: str, written: Mapping[str, str], before: Mapping[str, Any]) -> dict[str, Any]:
    """What a form says otherwise than it stands; a field that was emptied takes what the kind has for it.

    Raises SettingsError where a field that is needed was emptied.
    """
    form, fields = form_of(kind_name), kind_called(kind_name).settings.model_fields
    found: dict[str, Any] = {}
    for one in form.fields:
        if one.secret or written[one.name] == said(before.get(one.name), one.default):
            continue
        empty = not written[one.name]
        if empty and one.required:
            raise SettingsError(f"{one.name} is missing", where=kind_name, mend=one.help)
        found[one.name] = fields[one.name].get_default(call_default_factory=True) if empty else written[one.name]
    return found


def said(value: Any, default: str = "") -> str:
    """A setting that is kept, as a form shows it.

    >>> said(["a", "b"]), said(True), said(None, "INBOX")
    ('a, b', 'yes', 'INBOX')
    """
    if value is None:
        return default
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def problem_of(form: Form, refused: GoodwillError) -> tuple[str, tuple[str, str]]:
    """What is wrong, in words for the head of the form; and the field that it is about, where it is about one."""
    words = sentence(refused)
    found = _FIELD.match(refused.what)
    named = next((one for one in form.fields if found and one.name == found[1]), None)
    if named is None:
        return words, ("", "")
    why = refused.what.removeprefix(f"{named.name}: ").removeprefix(f"{named.name} ")
    return f"{Entry(named).label}: {why}.", (named.name, f"{initial(why)}.")


def sentence(refused: GoodwillError) -> str:
    """What stands in the way, and how to mend it."""
    mend = f" {initial(refused.mend).rstrip('.')}." if refused.mend else ""
    where = f"{refused.where}: " if _ADDRESS.search(refused.where) else ""
    return f"{where}{refused.what if where else initial(refused.what)}".rstrip(".") + f".{mend}"

"""What the sections of the page show, as plain values: the templates know these and nothing else.

Everything here is already put into words and figures; a template only lays it out. An empty section carries an
`Empty` instead of rows, so that 'nothing yet' and 'hidden' are told apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markupsafe import Markup

    from goodwill.report.figures import Sum

HIDDEN = "hidden: fewer than five people"


@dataclass(frozen=True, slots=True)
class Empty:
    """Stands in a table's place: what will be here, and one act."""

    what: str
    act: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """One picture in two widths (a phone's is narrower, never smaller in its letters), and its words."""

    wide: Markup
    narrow: Markup
    title: str
    words: str  # the same in a sentence, for those who do not see it


@dataclass(frozen=True, slots=True)
class BookLine:
    what: str
    note: str
    evidence: tuple[str, ...]
    amount: str
    debit: bool = False


@dataclass(frozen=True, slots=True)
class Books:
    """The T-account: what is generated on the left, to whom it is booked on the right, the same sum under both."""

    generated: tuple[BookLine, ...]
    booked: tuple[BookLine, ...]
    total_generated: str
    total_booked: str
    balance: bool
    words: tuple[str, ...]
    happened: tuple[BookLine, ...] = ()
    expected: tuple[BookLine, ...] = ()
    beside: tuple[BookLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Practice:
    """One cause: what it earns, what it costs."""

    name: str
    kind: str
    decides: str
    by: str
    earns: Sum | None
    costs: Sum | None
    result: Sum | None
    people: str
    messages: str
    words: tuple[str, ...]
    evidence: tuple[str, ...]
    bar: Markup | None
    why: tuple[Reason, ...] = ()
    line: Markup | None = None  # week by week, before and after a change
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class CustomerRow:
    name: str
    standing: str
    parts: tuple[tuple[str, Sum], ...]  # pays, brings, sways, teaches
    follows: Sum
    worth: Sum
    evidence: tuple[str, ...]
    bar: Markup


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the ladder of standing."""

    name: str
    meaning: str
    people: str
    share: str
    median: str
    worth: str


@dataclass(frozen=True, slots=True)
class Concentration:
    chart: Chart | None
    figures: tuple[Fact, ...]
    words: tuple[str, ...]
    ladder: tuple[Rung, ...]
    empty: Empty | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    what: str
    sum: Sum
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """A reason without a sum of money."""

    what: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One message that somebody should act on."""

    rank: int
    who: str
    where: str
    mark: str
    tone: str  # debit, credit or ''
    said: str
    stake: Sum | None
    left: str
    by: str
    late: bool
    reasons: tuple[Reason, ...]
    notes: tuple[Note, ...] = ()
    unquoted: str = ""  # stands where the words may not


@dataclass(frozen=True, slots=True)
class CaseGroup:
    key: str
    title: str
    words: str
    rows: tuple[CaseRow, ...]
    more: str = ""


@dataclass(frozen=True, slots=True)
class NowSection:
    title: str
    words: str
    groups: tuple[CaseGroup, ...]
    empty: Empty | None = None


@dataclass(frozen=True, slots=True)
class ThemeRow:
    """What some messages have in common."""

    name: str
    mark: str  # new, growing, falling
    tone: str  # debit where most of it is negative
    number: str
    words: str
    topic: str
    negative: str
    mood: Markup | None
    line: Markup | None  # week by week
    said: tuple[str, ...]  # masked; of those alone who said yes to being quoted
    wanted: str  # how many wanted what


@dataclass(frozen=True, slots=True)
class Talk:
    """What they talk about: what rises, then the rest by number."""

    words: str
    risen: tuple[ThemeRow, ...]
    others: tuple[ThemeRow, ...]
    more: str = ""
    quiet: str = ""  # stands where nothing rises
    empty: Empty | None = None


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """One statement that our facts contradict."""

    who: str
    where: str
    said: str
    known: str
    rests_on: str
    sure: str
    state: str
    answered: bool
    about: str = ""  # stands where the words may not


@dataclass(frozen=True, slots=True)
class Claims:
    words: str
    rows: tuple[ClaimRow, ...]
    more: str = ""
    empty: Empty | None = None


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """A Net Promoter Score of one group."""

    name: str
    score: str
    interval: str
    answers: str
    bar: Markup | None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class ScoreTable:
    caption: str
    head: str
    rows: tuple[ScoreRow, ...]


@dataclass(frozen=True, slots=True)
class Love:
    score: str
    interval: str
    words: tuple[str, ...]
    chart: Chart | None
    tables: tuple[ScoreTable, ...]
    growth: tuple[Fact, ...] = ()
    empty: Empty | None = None


@dataclass(frozen=True, slots=True)
class FlowRow:
    number: int
    name: str
    meaning: str
    messages: str
    people: str
    mood: Markup | None
    mood_words: str
    money: Sum | None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure with a name and an interval, in a list."""

    name: str
    value: str
    interval: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class PromiseRow:
    name: str
    kept: str
    interval: str
    of: str
    bar: Markup | None
    words: str = ""


@dataclass(frozen=True, slots=True)
class TreatmentRow:
    group: str
    messages: str
    waiting: str
    resolved: str
    ratio: str
    warn: bool = False
    hidden: bool = False
    kept: str = ""


@dataclass(frozen=True, slots=True)
class Treatment:
    by: str
    rows: tuple[TreatmentRow, ...]


@dataclass(frozen=True, slots=True)
class Commons:
    """Community and promises."""

    community: tuple[Fact, ...]
    promises: tuple[PromiseRow, ...]
    treatment: tuple[Treatment, ...]
    words: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    community_empty: Empty | None = None
    promises_empty: Empty | None = None
    treatment_empty: Empty | None = None


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    word: str
    meaning: str
    sum: Sum
    lines: str
    bar: Markup


@dataclass(frozen=True, slots=True)
class AssumptionRow:
    name: str
    meaning: str
    value: str
    interval: str
    unit: str
    by: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Grounds:
    """What the sums rest on."""

    rows: tuple[EvidenceRow, ...]
    assumptions: tuple[AssumptionRow, ...]
    models: tuple[Fact, ...]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OrderRow:
    name: str
    ranks: tuple[tuple[str, bool], ...]  # the place, and whether it is another than as entered


@dataclass(frozen=True, slots=True)
class Order:
    """How the order changes when an assumption does."""

    heads: tuple[str, ...]
    rows: tuple[OrderRow, ...]
    words: tuple[str, ...]
    summary: tuple[tuple[str, ...], ...] = ()
    summary_heads: tuple[str, ...] = ()
    empty: Empty | None = None


@dataclass(frozen=True, slots=True)
class RejectRow:
    where: str
    column: str
    reason: str
    mend: str


@dataclass(frozen=True, slots=True)
class Unread:
    rows: tuple[RejectRow, ...]
    words: str
    more: str
    notes: tuple[str, ...]
    empty: Empty | None = None


@dataclass(frozen=True, slots=True)
class ColumnRow:
    column: str
    field: str
    how: str
    sure: str
    bar: Markup


@dataclass(frozen=True, slots=True)
class MappedFile:
    file: str
    words: str
    rows: tuple[ColumnRow, ...]

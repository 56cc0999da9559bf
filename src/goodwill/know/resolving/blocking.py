"""Which pairs are compared at all: rules proposed from the data, each with its reach.

Comparing everybody with everybody grows with the square of the records; a rule lets only those meet who share a key
(Christen 2012, *Data Matching*, ch. 4). Most matches that are lost are lost here, so many rules are kept, each the
broadest that its share of the pairs allows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from goodwill.know.resolving.evidence import Evidence, Plan
from goodwill.know.resolving.kinds import Kind

if TYPE_CHECKING:
    import numpy.typing as npt

PAIRS_A_RECORD = 60
"""Pairs that are compared, for each record, over all rules."""
MANY_FROM, MANY_PAIRS_A_RECORD = 3_000_000, 12
"""In a large table fewer: 3 million and 12 a record, so that a million records are weighed in minutes."""
AT_LEAST = 1_000_000
"""A small table may compare this many pairs however few its records are."""
SHARE_OF_A_RULE = 0.25
ENOUGH_RULES = 8
LEAST_GAIN = 0.0002
"""A rule that finds less than this share of the probable matches anew is not kept."""
PATIENCE = 0.01
LEAST_YIELD = 0.003
"""A rule that costs many pairs (a tenth of AT_LEAST) must find at least this many probable matches a new pair."""
SAMPLE_FROM = 200_000
"""A table with more records has its rules' reach reckoned from one key in sixteen."""


@dataclass(frozen=True, slots=True)
class Key:
    """Something that two records may share: a prepared column or a part of one."""

    said: str
    expression: str
    thing: str
    weak: bool = False  # never a rule of its own
    many: bool = False  # a record has several


@dataclass(frozen=True, slots=True)
class Rule:
    """Records meet that share every key.

    `reach` is the number of pairs that the rule alone lets meet; `found` the share of the probable matches of a
    sample that it found when it was chosen and that no rule before it had found.
    """

    keys: tuple[Key, ...]
    reach: int
    found: float = 0.0

    @property
    def said(self) -> str:
        """The rule in words."""
        return " and ".join(f"the same {key.said}" for key in self.keys)

    def expressions(self) -> list[str]:
        """What Splink's `block_on` is given."""
        return [key.expression for key in self.keys]

    def pairs(self, table: str, left: str = "", right: str = "") -> str:
        """The rule's pairs in SQL, as `join_key_l` < `join_key_r`; `left` may narrow the left table."""
        names = ", ".join(f"{key.expression} as k{i}" for i, key in enumerate(self.keys))
        same = " and ".join(f"l.k{i} = r.k{i}" for i in range(len(self.keys)))
        return (
            f"select least(l.row, r.row) as join_key_l, greatest(l.row, r.row) as join_key_r "
            f"from (select row, {names} from {left or table}) as l "
            f"join (select row, {names} from {right or table}) as r on {same} "
            f"where {'l.row <> r.row' if left else 'l.row < r.row'}"
        )


def keys_of(planned: Plan) -> list[Key]:
    """Every key that the evidence offers."""
    return [key for thing in planned.evidence for key in _KEYS.get(thing.kind, _plain_key)(thing)]


def allowed(rows: int) -> int:
    """How many pairs may be compared in all."""
    return max(AT_LEAST, min(PAIRS_A_RECORD * rows, MANY_FROM + MANY_PAIRS_A_RECORD * rows))


def propose(api: Any, table: str, planned: Plan, rows: int) -> tuple[list[Rule], list[Rule]]:
    """Rules for a prepared table, and those that reach too far.

    Every single key, then every two keys of different things, that reaches no more than its share of all pairs; three
    keys only where few rules came of it. A rule inside a broader one is left out.
    """
    most = int(SHARE_OF_A_RULE * allowed(rows))
    keys = keys_of(planned)
    kept: list[Rule] = []
    too_broad: list[Rule] = []
    for size in (1, 2, 3):
        wanted = [chosen for chosen in combinations(keys, size) if _worth_asking(chosen, kept, too_broad)]
        for chosen, reach in zip(wanted, _reaches(api, table, wanted, rows), strict=True):
            (kept if reach <= most else too_broad).append(Rule(chosen, reach))
        if size == 2 and len(kept) >= ENOUGH_RULES:
            break
    kept = sorted((rule for rule in kept if rule.reach), key=lambda rule: (rule.reach, rule.said))
    return kept, sorted(too_broad, key=lambda rule: (rule.reach, rule.said))


def _worth_asking(chosen: tuple[Key, ...], kept: list[Rule], too_broad: list[Rule]) -> bool:
    if len(chosen) == 1:
        return not chosen[0].weak
    if sum(key.many for key in chosen) > 1:
        return False
    if len({key.thing for key in chosen}) < len(chosen) or any(set(rule.keys) <= set(chosen) for rule in kept):
        return False
    return len(chosen) == 2 or any(set(rule.keys) < set(chosen) for rule in too_broad)


def _reaches(api: Any, table: str, wanted: list[tuple[Key, ...]], rows: int) -> list[int]:
    """Pairs that share each set of keys; in a large table reckoned from a sixteenth of the keys."""
    return [_reach(api, table, keys, rows) for keys in wanted]


def _reach(api: Any, table: str, keys: tuple[Key, ...], rows: int) -> int:
    names = [f"k{number}" for number in range(len(keys))]
    listed = ", ".join(names)
    asked = ", ".join(f"{key.expression} as {name}" for key, name in zip(keys, names, strict=True))
    present = " and ".join(f"{name} is not null" for name in names)
    sampled, times = (f" and hash({listed}) % 16 = 0", 16) if rows > SAMPLE_FROM else ("", 1)
    found = api.query_sql(
        f"select coalesce(sum(n * (n - 1) / 2), 0) as pairs from (select count(*) as n "
        f"from (select {asked} from {table}) where {present}{sampled} group by {listed})"
    ).as_record_list()
    return int(found[0]["pairs"]) * times


def choose(
    rules: list[Rule],
    rule: npt.NDArray[np.int64],
    pair: npt.NDArray[np.int64],
    probability: npt.NDArray[np.float64],
    scale: float,
    rows: int,
) -> list[Rule]:
    """The rules that find the most probable matches for the pairs they cost, greedily, until all pairs are used.

    `rule` and `pair` say which rule (a position in `rules`) lets which sampled pair meet, shape (k,); `probability`
    is each sampled pair's, by a first model; one sampled pair stands for `scale` pairs.
    """
    from scipy.sparse import csr_array

    meets = csr_array((np.ones(len(rule), bool), (rule, pair)), shape=(len(rules), len(probability)))
    covered = np.zeros(len(probability), bool)
    left, total = allowed(rows) / scale, max(float(probability.sum()), 1e-9)
    chosen: list[Rule] = []
    waiting = list(range(len(rules)))
    while waiting:
        best, best_gain, best_new, best_value = -1, 0.0, 0, 0.0
        for position in waiting:
            pairs = meets.indices[meets.indptr[position] : meets.indptr[position + 1]]
            new = pairs[~covered[pairs]]
            gain = float(probability[new].sum())
            value = gain / (len(new) + PATIENCE * len(probability))
            dear = len(new) * scale > AT_LEAST / 10 and gain < LEAST_YIELD * len(new)
            if gain > 0 and not dear and len(new) <= left and value > best_value:
                best, best_gain, best_new, best_value = position, gain, len(new), value
        if best < 0 or best_gain < LEAST_GAIN * total:
            break
        waiting.remove(best)
        pairs = meets.indices[meets.indptr[best] : meets.indptr[best + 1]]
        covered[pairs] = True
        left -= best_new
        chosen.append(replace(rules[best], found=round(best_gain / total, 6)))
    return chosen


def _name_keys(thing: Evidence) -> list[Key]:
    given, surname = thing.column("given"), thing.column("surname")
    return [
        Key("name, in any order", thing.column("sorted"), thing.name),
        Key("surname", surname, thing.name),
        Key("given name", given, thing.name),
        Key("sound of the surname", thing.column("sound"), thing.name),
        Key("beginning of the surname", f"substr({surname}, 1, 3)", thing.name, weak=True),
        Key("beginning of the given name", f"substr({given}, 1, 3)", thing.name, weak=True),
        Key("beginnings of both names", f"substr({given}, 1, 3) || substr({surname}, 1, 3)", thing.name),
        Key("sounds of both names", f"{thing.column('given_sound')} || ' ' || {thing.column('sound')}", thing.name),
    ]


def _date_keys(thing: Evidence) -> list[Key]:
    column = thing.column()
    return [
        Key("date", column, thing.name),
        Key("year", f"substr({column}, 1, 4)", thing.name, weak=True),
        Key("month and day", f"substr({column}, 5, 4)", thing.name, weak=True),
        Key("year and month", f"substr({column}, 1, 6)", thing.name, weak=True),
        Key("year and day", f"substr({column}, 1, 4) || substr({column}, 7, 2)", thing.name, weak=True),
    ]


def _email_keys(thing: Evidence) -> list[Key]:
    local = thing.column("local")
    return [
        Key("e-mail address", thing.column(), thing.name),
        Key("part before the @", local, thing.name),
        Key("beginning of the e-mail address", f"substr({local}, 1, 4)", thing.name, weak=True),
    ]


def _postcode_keys(thing: Evidence) -> list[Key]:
    return [
        Key("postcode", thing.column(), thing.name),
        Key("postcode area", thing.column("area"), thing.name, weak=True),
    ]


def _code_keys(thing: Evidence) -> list[Key]:
    column, said = thing.column(), f"'{thing.sources[0]}'"
    return [
        Key(said, column, thing.name),
        Key(f"beginning of {said}", f"substr({column}, 1, 4)", thing.name),
        Key(f"end of {said}", f"substr({column}, 4)", thing.name),
    ]


def _plain_key(thing: Evidence) -> list[Key]:
    weak = thing.kind in (Kind.CATEGORY, Kind.NUMBER)
    return [Key(f"'{thing.sources[0]}'", thing.column(), thing.name, weak=weak)]


def _word_keys(thing: Evidence) -> list[Key]:
    return [Key(f"rare word of '{thing.sources[0]}'", f"unnest({thing.column('rare')})", thing.name, many=True)]


_KEYS: dict[Kind, Any] = {
    Kind.WORDS: _word_keys,
    Kind.FULL_NAME: _name_keys,
    Kind.DATE: _date_keys,
    Kind.EMAIL: _email_keys,
    Kind.POSTCODE: _postcode_keys,
    Kind.PHONE: _code_keys,
    Kind.CODE: _code_keys,
}

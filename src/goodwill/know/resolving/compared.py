"""How each kind of evidence is compared: levels of agreement from the same to different, said in words.

Levels in the manner of Splink's comparison library, built from its parts, so that every backend of Splink can run
them. What is missing on either side is neither for nor against.
"""

from __future__ import annotations

import functools
from typing import Any

from goodwill.know.resolving.evidence import Evidence, Plan
from goodwill.know.resolving.kinds import Kind


def comparisons(planned: Plan, *, rarity: bool = True) -> list[Any]:
    """One Splink comparison for each thing compared.

    With `rarity` a shared rare value says more than a shared common one (term frequencies, Winkler 1989).
    """
    from splink.internals.comparison_library import CustomComparison

    return [
        CustomComparison(
            comparison_levels=_without_rarity(_LEVELS[thing.kind](thing), rarity),
            output_column_name=thing.name,
            comparison_description=thing.kind.value,
        )
        for thing in planned.evidence
    ]


def _library() -> Any:
    import splink.comparison_level_library as levels

    return levels


def _exact(column: str, said: str) -> Any:
    level = _library().ExactMatchLevel(column)
    return level.configure(label_for_charts=said, tf_adjustment_column=column, tf_minimum_u_value=1e-6)


def _without_rarity(levels: list[Any], rarity: bool) -> list[Any]:
    if not rarity:
        for level in levels:
            if isinstance(level, _library().ExactMatchLevel):
                level.term_frequency_adjustments = False
    return levels


def _custom(sql: str, said: str) -> Any:
    return _library().CustomLevel(sql, said)


def _both(said: str, *parts: Any) -> Any:
    return _library().And(*parts).configure(label_for_charts=said)


def _either(said: str, *parts: Any) -> Any:
    return _library().Or(*parts).configure(label_for_charts=said)


def _said(level: Any, said: str) -> Any:
    return level.configure(label_for_charts=said)


def _closed(null: Any, levels: list[Any]) -> list[Any]:
    return [null, *levels, _said(_library().ElseLevel(), "different")]


def _name(thing: Evidence) -> list[Any]:
    cll = _library()
    given, surname, whole, turned, forms = (
        thing.column(part) for part in ("given", "surname", "whole", "turned", "forms")
    )
    no_surname = f"({surname}_l is null or {surname}_r is null)"
    no_given = f"({given}_l is null or {given}_r is null)"
    like_given = functools.partial(cll.JaroWinklerLevel, given)
    like_surname = functools.partial(cll.JaroWinklerLevel, surname)
    fond = cll.ArrayIntersectLevel(forms, 1)
    initial = _custom(f"substr({given}_l, 1, 1) = substr({given}_r, 1, 1)", "")
    return _closed(
        _said(_custom(f"{no_surname} and {no_given}", "").configure(is_null_level=True), "not known of both"),
        [
            _exact(whole, "the same name"),
            _said(_custom(f"{whole}_l = {turned}_r", ""), "the same name, given name and surname turned round"),
            _both("the same surname, a short form of the given name", cll.ExactMatchLevel(surname), fond),
            _both("the same surname, a like given name", cll.ExactMatchLevel(surname), like_given(0.88)),
            _both("the same given name, a like surname", cll.ExactMatchLevel(given), like_surname(0.88)),
            _both("like names", like_surname(0.88), _either("", like_given(0.88), fond)),
            _both("the same surname, the given name not known", cll.ExactMatchLevel(surname), _custom(no_given, "")),
            _both("the same given name, the surname not known", cll.ExactMatchLevel(given), _custom(no_surname, "")),
            _both("the same surname and initial", cll.ExactMatchLevel(surname), initial),
            _exact(surname, "the same surname alone"),
            _exact(given, "the same given name alone"),
            _said(like_surname(0.88), "a like surname alone"),
            _said(_either("", like_given(0.88), fond), "a like given name alone"),
        ],
    )


def _date(thing: Evidence) -> list[Any]:
    cll = _library()
    column = thing.column()

    def same(start: int, length: int) -> str:
        return f"substr({column}_l, {start}, {length}) = substr({column}_r, {start}, {length})"

    turned = (
        f"{same(1, 4)} and substr({column}_l, 5, 2) = substr({column}_r, 7, 2) "
        f"and substr({column}_l, 7, 2) = substr({column}_r, 5, 2)"
    )
    return _closed(
        _said(cll.NullLevel(column), "not known of both"),
        [
            _exact(column, "the same date"),
            _either("one slip of the pen", cll.DamerauLevenshteinLevel(column, 1), _custom(turned, "")),
            _custom(
                f"({same(1, 6)}) or ({same(1, 4)} and {same(7, 2)}) or ({same(5, 4)})", "two of year, month and day"
            ),
            _said(cll.DamerauLevenshteinLevel(column, 2), "two slips of the pen"),
            _custom(same(1, 4), "the same year"),
        ],
    )


def _email(thing: Evidence) -> list[Any]:
    cll = _library()
    column, local = thing.column(), thing.column("local")
    # The figures in an address are what tells people of one name apart: anna.meyer61 is no slip of anna.meyer68's.
    figures = cll.ExactMatchLevel(thing.column("figures"))
    return _closed(
        _said(cll.NullLevel(column), "not known of both"),
        [
            _exact(column, "the same address"),
            _both("one or two slips of the pen", cll.DamerauLevenshteinLevel(column, 2), figures),
            _exact(local, "the same before the @"),
            _both("alike before the @", cll.JaroWinklerLevel(local, 0.88), figures),
        ],
    )


def _postcode(thing: Evidence) -> list[Any]:
    cll = _library()
    column, area = thing.column(), thing.column("area")
    return _closed(
        _said(cll.NullLevel(column), "not known of both"),
        [
            _exact(column, "the same"),
            _said(cll.DamerauLevenshteinLevel(column, 1), "one slip of the pen"),
            _exact(area, "the same area"),
            _custom(f"substr({column}_l, 1, 2) = substr({column}_r, 1, 2)", "the same region"),
        ],
    )


def _code(thing: Evidence) -> list[Any]:
    cll = _library()
    column = thing.column()
    return _closed(
        _said(cll.NullLevel(column), "not known of both"),
        [
            _exact(column, "the same"),
            _said(cll.DamerauLevenshteinLevel(column, 1), "one slip of the pen"),
            _said(cll.DamerauLevenshteinLevel(column, 2), "two slips of the pen"),
        ],
    )


def _number(thing: Evidence) -> list[Any]:
    cll = _library()
    column = thing.column()
    left, right = f"cast({column}_l as double)", f"cast({column}_r as double)"

    def within(share: float) -> str:
        return f"abs({left} - {right}) <= {share} * greatest(abs({left}), abs({right}))"

    return _closed(
        _said(cll.NullLevel(column), "not known of both"),
        [
            _exact(column, "the same"),
            _either("one slip of the pen, or within 2 %", cll.DamerauLevenshteinLevel(column, 1),
                    _custom(within(0.02), "")),
            _custom(within(0.15), "within 15 %"),
        ],
    )  # fmt: skip


def _place(thing: Evidence) -> list[Any]:
    cll = _library()
    column = thing.column()
    within = (
        f"(length({column}_l) >= 3 and {column}_r like {column}_l || ' %') or "
        f"(length({column}_r) >= 3 and {column}_l like {column}_r || ' %')"
    )
    return _closed(
        _said(cll.NullLevel(column), "not known of both"),
        [
            _exact(column, "the same"),
            _said(cll.JaroWinklerLevel(column, 0.88), "alike"),
            _custom(within, "one begins with the other"),
        ],
    )


def _street(thing: Evidence) -> list[Any]:
    cll = _library()
    column = thing.column()
    return _closed(
        _said(cll.NullLevel(column), "not known of both"),
        [
            _exact(column, "the same"),
            _said(cll.DamerauLevenshteinLevel(column, 2), "one or two slips of the pen"),
            _said(cll.JaroWinklerLevel(column, 0.88), "alike"),
            _said(cll.ArrayIntersectLevel(thing.column("words"), 2), "two words the same"),
        ],
    )


def _words(thing: Evidence) -> list[Any]:
    cll = _library()
    column, lists = thing.column(), thing.column("words")
    rare = functools.partial(cll.ArrayIntersectLevel, thing.column("rare"))
    shared = f"len(list_intersect({lists}_l, {lists}_r))"
    fewer = f"least(len({lists}_l), len({lists}_r))"
    return _closed(
        _said(cll.NullLevel(column), "not known of both"),
        [
            _exact(column, "the same text"),
            _said(rare(4), "four rare words the same"),
            _said(rare(3), "three rare words the same"),
            _said(rare(2), "two rare words the same"),
            _both("one rare word and half of all the same", rare(1), _custom(f"{shared} >= 0.5 * {fewer}", "")),
            _said(rare(1), "one rare word the same"),
            *(
                _custom(f"{shared} >= {share} * {fewer}", f"at least {share:.0%} of the words the same")
                for share in (0.6, 0.4, 0.2)
            ),
        ],
    )


def _category(thing: Evidence) -> list[Any]:
    cll = _library()
    return _closed(_said(cll.NullLevel(thing.column()), "not known of both"), [_exact(thing.column(), "the same")])


_LEVELS = {
    Kind.FULL_NAME: _name,
    Kind.DATE: _date,
    Kind.EMAIL: _email,
    Kind.PHONE: _code,
    Kind.CODE: _code,
    Kind.POSTCODE: _postcode,
    Kind.STREET: _street,
    Kind.PLACE: _place,
    Kind.CATEGORY: _category,
    Kind.NUMBER: _number,
    Kind.WORDS: _words,
}

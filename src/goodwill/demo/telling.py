"""Puts the sheet into words: which product, which order, in whose language, and the comments of surveys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from goodwill.demo.kinds import CODE
from goodwill.demo.setting import FORUM, RIVALS, STAFF
from goodwill.demo.texts import Writer
from goodwill.demo.voices import subject_names
from goodwill.demo.world import LANGUAGES

if TYPE_CHECKING:
    import numpy.typing as npt

    from goodwill.demo.deeds import Surveys
    from goodwill.demo.names import Names
    from goodwill.demo.people import Integers, People, Purchases
    from goodwill.demo.stories import Stories

_FIRST_ORDER = 100_000


def order_numbers(sales: Purchases) -> Integers:
    """Each sale's number, in order of time: the shop counts its orders."""
    number = np.empty(sales.size, dtype=np.int64)
    number[np.argsort(sales.at, kind="stable")] = _FIRST_ORDER + np.arange(sales.size)
    return number


def put_into_words(
    people: People,
    names: Names,
    sheet: dict[str, npt.NDArray[Any]],
    sales: Purchases,
    surveys: Surveys,
    told: Stories,
    seed: int,
) -> tuple[list[str], list[str], list[str]]:
    """Texts of all messages, their languages, and the comments of surveys ('' where none was left)."""
    rng = np.random.default_rng([seed, 100])
    writer = Writer(seed)
    products = subject_names()
    many = len(sheet["at"])
    author = sheet["author"]
    language = np.where(author >= 0, people.language[np.maximum(author, 0)], 0)
    # A forum has one language; elsewhere people write in their own.
    language = np.where((sheet["channel"] == FORUM) & (rng.random(many) < 0.8), 0, language)
    numbers = order_numbers(sales)
    sale = sheet["sale"]
    orders = np.where(
        sale >= 0, numbers[np.maximum(sale, 0)] if len(numbers) else 0, rng.integers(100_000, 999_999, many)
    )
    texts: list[str] = []
    tongues: list[str] = []
    columns = zip(
        author.tolist(),
        sheet["kind"].tolist(),
        language.tolist(),
        sheet["channel"].tolist(),
        sheet["anger"].tolist(),
        sheet["subject"].tolist(),
        rng.integers(0, len(products), many).tolist(),
        orders.tolist(),
        sheet["staff"].tolist(),
        sheet["rival"].tolist(),
        sheet["told"].tolist(),
        strict=True,
    )
    for who, kind, tongue, channel, anger, subject, other, order, staff, rival, story in columns:
        if story >= 0:
            texts.append(told.said[story].text)
            tongues.append("en")
            continue
        words = {
            "product": products[subject],
            "product2": products[other],
            "order": f"HC-{order}",
            "staff": STAFF[staff] if staff >= 0 else "",
            "rival": RIVALS[rival] if rival >= 0 else "",
            "name": names.name[who] if who >= 0 else "A reader",
        }
        text, code = writer.write(kind, LANGUAGES[tongue], channel, anger, words)
        texts.append(text)
        tongues.append(code)
    return texts, tongues, _comments(surveys, writer, rng)


def _comments(surveys: Surveys, writer: Writer, rng: np.random.Generator) -> list[str]:
    """Two in five leave a comment: praise from promoters, trouble from detractors."""
    products = subject_names()
    many = len(surveys.score)
    speaks = rng.random(many) < 0.4
    things = rng.integers(0, len(products), (many, 2)).tolist()
    kinds = np.select(
        [surveys.score >= 9, surveys.score >= 7], [CODE["praise"], CODE["review_mixed"]], CODE["review_bad"]
    ).tolist()
    comments: list[str] = []
    for row in range(many):
        if not speaks[row]:
            comments.append("")
            continue
        one, two = things[row]
        words = {
            "product": products[one],
            "product2": products[two],
            "order": f"HC-{_FIRST_ORDER + row}",
            "staff": "",
            "rival": "",
            "name": "",
        }
        comments.append(writer.write(kinds[row], "en", 4, 1, words)[0])
    return comments

"""Those to be thanked: one thank-you a person, on whatever channels they praised us, and leave to quote them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goodwill.engage.stake import is_public
from goodwill.facts.columns import Flags, flags, integers

if TYPE_CHECKING:
    import numpy.typing as npt

    from goodwill.engage.reasons import Reasons
    from goodwill.engage.waiting import Messages
    from goodwill.lake import Facts

QUOTE = "quote me"
ASK_LEAVE = "ask leave to quote them; without their yes nothing is quoted"
"""The advice where they have not answered yet whether they may be quoted. Whether they were asked is not known here."""


def spoken_for(said: Messages, thanks: Flags) -> Flags:
    """Thanks that another message of the same person stands for: the one that most people could read, then the
    latest."""
    audience = integers(said.column("audience"))
    order = np.lexsort((-said.at, -audience, ~thanks, said.person))
    another = np.zeros(len(said), dtype=bool)
    another[order[1:]] = said.person[order[1:]] == said.person[order[:-1]]
    return another & thanks


def channels_thanked_on(said: Messages, thanks: Flags) -> dict[int, list[str]]:
    """On which channels each person who did so on several has praised us."""
    rows = np.flatnonzero(thanks)
    table = pa.table({"person": said.person[rows], "channel": said.column("channel").take(pa.array(rows))})
    pairs = table.filter(pc.is_valid(table["channel"])).group_by(["person", "channel"]).aggregate([]).to_pydict()
    found: dict[int, list[str]] = {}
    for person, channel in sorted(zip(pairs["person"], pairs["channel"], strict=True)):
        found.setdefault(person, []).append(channel)
    return {person: channels for person, channels in found.items() if len(channels) > 1}


def say_thanks(reasons: Reasons, facts: Facts, said: Messages, thanks: Flags, channels: dict[int, list[str]]) -> None:
    """The advice, without a sum: one thank-you for all channels; leave to quote what was said in public."""
    rows = np.flatnonzero(thanks)
    several = np.array([row for row in rows.tolist() if int(said.person[row]) in channels], dtype=np.intp)
    reasons.say(
        several,
        [f"said on {', '.join(channels[int(said.person[row])])}: one thank-you for all" for row in several.tolist()],
        "measured",
    )
    may_ask = thanks & is_public(said) & said.intent("praise", "recommendation") & ~_answered(facts, said)
    ask: npt.NDArray[np.intp] = np.flatnonzero(may_ask)
    reasons.say(ask, [ASK_LEAVE] * len(ask), "measured")


def _answered(facts: Facts, said: Messages) -> Flags:
    """Whose latest terms answer whether they may be quoted, either way; they are not asked again."""
    terms = facts.arrow("terms").sort_by([("customer_id", "ascending"), ("at", "ascending")])
    latest = {row["customer_id"]: row for row in terms.select(["customer_id", "purposes", "refused"]).to_pylist()}
    answered = [who for who, row in latest.items() if QUOTE in (row["refused"] or ()) or row["purposes"] is not None]
    said_so = pa.array(answered, pa.string())
    return flags(pc.is_in(said.column("customer_id"), value_set=said_so))

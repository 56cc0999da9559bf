"""What customers say to each other: guides, questions, answers, thanks; the traces that the true ties leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from goodwill.demo.kinds import CODE
from goodwill.demo.setting import BLOG, FACEBOOK, FORUM, REVIEW, TODAY, TWITTER
from goodwill.demo.stories import RESERVED
from goodwill.demo.voices import audience, delays, pick, subjects

if TYPE_CHECKING:
    from goodwill.demo.people import People
    from goodwill.demo.society import Responses
    from goodwill.demo.talk import Flags, Integers, Reals, Talk

_HOMES = ((FORUM, 0.52), (TWITTER, 0.17), (BLOG, 0.13), (REVIEW, 0.10), (FACEBOOK, 0.08))
"""Where those who speak publish."""
_ACCEPTED_SHARE = 0.2
_MEANT_REPLIES = (("reply_thanks", 0.56), ("reply_bought", 0.26), ("reply_share", 0.18))
_IDLE_REPLIES = (("reply_noise", 0.46), ("reply_disagree", 0.30), ("chatter", 0.16), ("reply_thanks", 0.08))


def respond(talk: Talk, people: People, responses: Responses, rng: np.random.Generator) -> None:
    """Turns responses into messages: accepted answers in a thread, or replies to what was published."""
    asked = responses.meant & (rng.random(len(responses.at)) < _ACCEPTED_SHARE)
    _ask_and_answer(talk, people, responses.who[asked], responses.by[asked], responses.at[asked], rng)
    rest = ~asked
    _publish_and_reply(
        talk, people, responses.who[rest], responses.by[rest], responses.at[rest], responses.meant[rest], rng
    )


def _ask_and_answer(
    talk: Talk, people: People, who: Integers, by: Integers, at: Reals, rng: np.random.Generator
) -> None:
    """j asks, i answers, j accepts; half say thanks; the views of the question are its audience."""
    many = len(who)
    subject = subjects(np.zeros(many, dtype=np.int64), rng)
    since = np.maximum(people.arrival[who] - 3, 0.01)
    asked_at = np.maximum(at - rng.lognormal(-1.6, 1.1, many), np.minimum(since, at - 0.01))
    views = rng.lognormal(4.25, 0.85, many).astype(np.int64) + 3
    question = talk.add(
        many,
        author=who,
        at=asked_at,
        channel=FORUM,
        kind=np.where(rng.random(many) < 0.5, CODE["howto"], CODE["fits"]),
        subject=subject,
        audience=views,
        engagements=1 + rng.poisson(0.5, many),
    )
    answer = talk.add(
        many,
        author=by,
        at=np.maximum(at - 0.02, asked_at + 0.005),
        channel=FORUM,
        kind=CODE["tip"],
        subject=subject,
        reply_to=question,
        thread=question,
        audience=views,
        engagements=rng.poisson(1.0, many),
        votes=_votes(people, by, rng),
        accepted=True,
    )
    thanks = np.flatnonzero(rng.random(many) < 0.5)
    talk.add(
        len(thanks),
        author=who[thanks],
        at=np.minimum(at + rng.exponential(0.2, many), TODAY - 0.001)[thanks],
        channel=FORUM,
        kind=CODE["reply_thanks"],
        subject=subject[thanks],
        reply_to=answer[thanks],
        thread=question[thanks],
        audience=views[thanks],
    )
    _answer_in_vain(talk, people, question, asked_at, subject, rng)


def _answer_in_vain(
    talk: Talk, people: People, question: Integers, asked_at: Reals, subject: Integers, rng: np.random.Generator
) -> None:
    """One question in four also gets an answer that nobody accepts."""
    members = np.flatnonzero(people.member)
    if len(members) == 0:
        return
    also = np.flatnonzero(rng.random(len(question)) < 0.25)
    author = members[rng.integers(0, len(members), len(also))]
    at = np.minimum(asked_at[also] + rng.exponential(0.5, len(also)) + 0.01, TODAY - 0.005)
    kept = (people.arrival[author] < at) & (author >= RESERVED)
    also = also[kept]
    talk.add(
        len(also),
        author=author[kept],
        at=at[kept],
        channel=FORUM,
        kind=np.where(rng.random(len(also)) < 0.7, CODE["tip"], CODE["reply_noise"]),
        subject=subject[also],
        reply_to=question[also],
        thread=question[also],
        votes=rng.poisson(0.2, len(also)),
    )


def _votes(people: People, by: Integers, rng: np.random.Generator) -> Integers:
    return rng.poisson(0.6 + 0.7 * people.power[by] ** 0.8 * rng.lognormal(-0.1, 0.6, len(by)))


def _publish_and_reply(
    talk: Talk,
    people: People,
    who: Integers,
    by: Integers,
    at: Reals,
    meant: Flags,
    rng: np.random.Generator,
) -> None:
    """Gathers each author's responses into posts: a new one after six weeks, or now and then."""
    if len(who) == 0:
        return
    order = np.lexsort((who, at, by))
    who, by, at, meant = who[order], by[order], at[order], meant[order]
    first = np.ones(len(by), dtype=bool)
    first[1:] = (by[1:] != by[:-1]) | (np.diff(at) > 45) | (rng.random(len(by) - 1) < 0.08)
    post = np.cumsum(first) - 1
    author, opened = by[first], at[first]
    many = len(author)
    home = pick(_HOMES, people.size, rng)[author]
    channel = np.where(rng.random(many) < 0.75, home, pick(_HOMES, many, rng))
    posted = np.maximum(opened - rng.exponential(1.2, many) - 0.01, np.minimum(people.arrival[author], opened - 0.005))
    kind = np.where(channel == REVIEW, CODE["review_good"], CODE["guide"])
    # Those without pull did not write a guide: they chatted, and somebody reacted.
    plain = people.power[author] == 0
    kind = np.where(plain & (author >= RESERVED), CODE["chatter"], kind)
    channel = np.where(plain & (channel == BLOG), FORUM, channel)
    channel = np.where((kind == CODE["chatter"]) & (channel == REVIEW), FORUM, channel)
    replies = np.bincount(post)
    rows = talk.add(
        many,
        author=author,
        at=posted,
        channel=channel,
        kind=kind,
        subject=subjects(np.zeros(many, dtype=np.int64), rng),
        audience=audience(channel, people.followers[author], rng),
        engagements=replies + rng.poisson(1 + 0.5 * people.power[author] ** 0.8),
        votes=np.where(np.isin(channel, (FORUM, REVIEW)), _votes(people, author, rng), -1),
        rating=np.where(kind == CODE["review_good"], rng.integers(4, 6, many), np.nan),
    )
    total = len(who)
    said_meant = pick(tuple((CODE[name], share) for name, share in _MEANT_REPLIES), total, rng)
    said_idly = pick(tuple((CODE[name], share) for name, share in _IDLE_REPLIES), total, rng)
    followers = people.followers[who]
    talk.add(
        total,
        author=who,
        at=np.minimum(np.maximum(at, posted[post] + 0.004), TODAY - 0.002),
        channel=channel[post],
        kind=np.where(meant, said_meant, said_idly),
        subject=talk.column("subject")[rows[post]],
        reply_to=rows[post],
        thread=rows[post],
        audience=audience(channel[post], followers, rng),
        engagements=rng.poisson(0.2, total),
    )


def ask_in_vain(talk: Talk, people: People, rng: np.random.Generator) -> None:
    """Forum questions that no member answers: the firm does, or they are still open."""
    members = np.flatnonzero(people.member)
    members = members[members >= RESERVED]
    many = int(0.015 * people.size) if len(members) else 0
    who = members[rng.integers(0, max(len(members), 1), many)]
    at = people.arrival[who] + rng.random(many) * (TODAY - 0.05 - people.arrival[who])
    channel = np.full(many, FORUM)
    talk.add(
        many,
        author=who,
        at=at,
        channel=FORUM,
        kind=np.where(rng.random(many) < 0.6, CODE["howto"], CODE["fits"]),
        subject=subjects(np.zeros(many, dtype=np.int64), rng),
        audience=rng.lognormal(3.9, 0.8, many).astype(np.int64) + 3,
        wants=True,
        delay=delays(channel, rng),
    )

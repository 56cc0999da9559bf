"""Makes the invented firm, from its first customer to its files, in the order in which the world happens."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from goodwill.demo import community, deeds, society, stories, troubles, truth, voices, world
from goodwill.demo.invented import InventedFirm
from goodwill.demo.kinds import CODE
from goodwill.demo.names import draw_names
from goodwill.demo.people import People, Purchases, Returns
from goodwill.demo.records import write_records
from goodwill.demo.setting import CAUSES, CHANNELS, TODAY, YEAR
from goodwill.demo.talk import Talk
from goodwill.demo.telling import put_into_words
from goodwill.demo.verity import gather
from goodwill.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

LEAST, MOST = 100, 1_000_000


def make(
    folder: str | Path,
    *,
    customers: int = 2000,
    seed: int = 1,
    progress: Callable[[str, float], None] | None = None,
) -> Path:
    """Writes an invented firm's files, goodwill.toml and truth/ into `folder`; identical arguments, identical bytes.

    `customers` is between 100 and 1,000,000 (persons and organisations together). Above 20,000 the large tables are
    Parquet. Raises InputError for a size outside that. Gives the folder.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     sorted(path.name for path in make(place, customers=100).iterdir())[:4]
    ['actions.csv', 'causes.csv', 'contributions.csv', 'corrections.csv']
    """
    if not LEAST <= customers <= MOST:
        raise InputError(
            f"a firm of {customers:,} customers", where="demo", mend=f"ask for {LEAST:,} to {MOST:,} customers"
        )
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    tell = progress or (lambda step, done: None)
    firm = draw(customers, seed, tell)
    tell("writing the files", 0.8)
    write_records(firm, place, seed)
    tell("writing the truth", 0.95)
    truth.save_truth(gather(firm), place)
    tell("done", 1.0)
    return place


def draw(customers: int, seed: int, tell: Callable[[str, float], None]) -> InventedFirm:
    """Draws the whole world in memory."""
    # One stream of chance for each part: a change in one leaves the others as they were.
    chance = [np.random.default_rng([seed, part]) for part in range(12)]
    tell("people and purchases", 0.0)
    people = world.draw_people(customers, chance[0])
    sales, coming = world.draw_purchases(people, chance[1])
    returns = world.draw_returns(sales, chance[2], TODAY)
    trouble = troubles.draw_troubles(people, sales, returns, chance[3])
    sales, coming, returns, trouble = _after_leaving(people, sales, coming, returns, trouble)
    subscriptions, subscriptions_coming = world.draw_subscriptions(people, chance[2])
    coming_back = world.draw_returns(coming, chance[2], TODAY + YEAR)
    subscribed = np.zeros(customers, dtype=bool)
    subscribed[subscriptions_coming.buyer] = True
    margin = world.expected_margin(people, people.life_end > TODAY, subscribed)
    realised = world.realised_margin(customers, coming, coming_back, subscriptions_coming)
    future_count = np.bincount(coming.buyer, minlength=customers)
    del coming, coming_back  # the largest tables of all, and nothing more is asked of them

    tell("who brings and sways whom", 0.1)
    referrals = society.draw_referrals(people, chance[4])
    ties, responses = society.draw_ties(people, sales, chance[4])
    old, idle = society.draw_other_responses(people, chance[4])

    tell("what they say", 0.2)
    talk = Talk()
    voices.speak_of_troubles(talk, people, trouble, chance[5])
    voices.speak_of_everyday(talk, people, sales, chance[5])
    voices.write_reviews(talk, people, sales, trouble, chance[5])
    for spoken in (responses, old, idle):
        community.respond(talk, people, spoken, chance[6])
    community.ask_in_vain(talk, people, chance[6])
    voices.chat_idly(talk, people, chance[6])
    voices.pile_up(talk, people, sales, chance[7])
    told = stories.tell()
    _tell_stories(talk, told)
    sheet = talk.sheet()

    tell("what the firm did", 0.3)
    actions = deeds.draw_actions(sheet, chance[8])
    waits = deeds.open_messages(sheet)
    hurt = np.zeros(sales.size)
    hurt[trouble.sale] = 1.0
    surveys = deeds.draw_surveys(people, sales, hurt, actions, sheet["author"], chance[8])
    roles = deeds.draw_roles(people, chance[9])
    names = draw_names(people, chance[10])
    tell("putting it into words", 0.4)
    texts, tongues, survey_words = put_into_words(people, names, sheet, sales, surveys, told, seed)
    return InventedFirm(
        people=people,
        names=names,
        sales=sales,
        returns=returns,
        subscriptions=subscriptions,
        margin=margin,
        realised=realised,
        future_count=future_count,
        referrals=referrals,
        ties=ties,
        sheet=sheet,
        texts=texts,
        tongues=tongues,
        actions=actions,
        waits=waits,
        answers=deeds.draw_answers(sheet, chance[9]),
        contributions=deeds.draw_contributions(people, chance[9]),
        surveys=surveys,
        survey_words=survey_words,
        roles=roles,
        terms=deeds.draw_terms(people, chance[9]),
        events=deeds.draw_events(people, sheet, chance[9]),
        outlays=deeds.draw_outlays(people, actions, referrals, chance[9]),
        stakes=truth.stakes(people, sheet, waits, margin, ties, roles, chance[11]),
    )


def _after_leaving(
    people: People,
    sales: Purchases,
    coming: Purchases,
    returns: Returns,
    trouble: troubles.Troubles,
) -> tuple[Purchases, Purchases, Returns, troubles.Troubles]:
    """Trouble drives some away: what they would have bought afterwards never happens, nor what comes of it."""
    gone = troubles.see_them_leave(people, trouble)
    kept = sales.at <= gone[sales.buyer]
    place = np.cumsum(kept) - 1
    said = kept[trouble.sale] & (trouble.at <= gone[trouble.who])
    trouble = troubles.Troubles(
        trouble.who[said], place[trouble.sale[said]], trouble.at[said], trouble.cause[said], trouble.left[said]
    )
    stays = kept[returns.of]
    some = returns.take(stays)
    back = Returns(some.buyer, some.at, some.cents, some.margin_cents, place[returns.of[stays]])
    return sales.take(kept), troubles.until_gone(coming, gone), back, trouble


def _tell_stories(talk: Talk, told: stories.Stories) -> None:
    """Notes what the stories' people said; replies among them follow their ids."""
    rows: dict[str, int] = {}
    done = {act.message_id: act.at for act in told.done if act.message_id}
    for number, said in enumerate(told.said):
        parent = rows.get(said.reply_to, -1)
        rows[said.message_id] = int(
            talk.add(
                1,
                author=said.author if said.author >= 0 else -1_000_000_000,
                at=said.at,
                channel=CHANNELS.index(said.channel),
                kind=CODE[said.kind],
                cause=CAUSES.index(said.cause),
                anger=said.anger,
                reply_to=parent,
                thread=parent,
                audience=said.audience or -1,
                votes=said.votes or -1,
                rating=said.rating or np.nan,
                accepted=said.accepted,
                to_us=said.to_us,
                wants=said.message_id not in done and said.at > TODAY - 9,
                told=number,
            )[0]
        )

"""A reading says how sure it is until a person looked; what people's corrections taught the reader is used."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from service.live.filling import put, said

if TYPE_CHECKING:
    from service.conftest import Service

OWN = Path(__file__).parents[2] / "data" / "intents.csv"


def test_a_doubtful_reading_asks_for_a_look_until_a_person_had_one(service: Service) -> None:
    from goodwill.service import live
    from goodwill.service.store.models import Reading

    put("messages", said("chat:1", "Пожалуйста, помогите", author="kim"), said("chat:2", "Broken, I hate it!"))
    found = {row.message_id: row for row in Reading.objects.all()}
    assert (found["chat:1"].certainty, found["chat:1"].review) == (0.0, True)
    assert found["chat:2"].certainty > 0.55 and found["chat:2"].review is False
    assert {row["message_id"]: row["review"] for row in live.now()[0]}["chat:2"] is False
    put("corrections", {"table": "readings", "key": "chat:1", "field": "mood", "value": "negative"})
    looked_at = Reading.objects.get(message_id="chat:1")
    assert (looked_at.mood, looked_at.certainty, looked_at.review) == ("negative", 1.0, False)


def test_what_corrections_taught_is_used_from_then_on(service: Service) -> None:
    from goodwill.cli import app
    from goodwill.service import live
    from goodwill.service.home import home

    with OWN.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "dev"][:200]
    put("messages", *(said(f"own:{place}", row["text"]) for place, row in enumerate(rows)))
    # A firm for which everything is bad news: what it says must show in what is read next.
    put(
        "corrections",
        *(
            {"table": "readings", "key": f"own:{place}", "field": "mood", "value": word}
            for place, word in ((place, "negative" if place % 8 else "positive") for place in range(len(rows)))
        ),
    )
    done = CliRunner().invoke(app, ["evaluate", "--adapt"])
    assert done.exit_code == 0, done.output
    assert (home().folder / "own-reader.npz").exists(), done.output
    assert "It reads from now on" in done.output
    assert live.firm().reading.own == home().folder / "own-reader.npz"
    put("messages", said("new:1", "The meeting is on Tuesday."))
    from goodwill.service.store.models import Reading

    new = Reading.objects.get(message_id="new:1")
    assert new.mood == "negative"
    assert "+own-" in new.model

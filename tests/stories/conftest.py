"""A small firm with an ordinary past, so that each story has neighbours to stand out from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stories.shop import Shop, ago


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Two hundred customers with two years of ordinary purchases."""
    shop = Shop(tmp_path)
    random = np.random.default_rng(20261101)
    order = 0
    for number in range(200):
        who = f"n{number:03}"
        joined = random.uniform(60, 700)
        shop.add("people", customer_id=who, name=f"Neighbour {number}", email=f"{who}@neighbours.example")
        for days in [joined, *(joined - random.exponential(140, 6).cumsum())]:
            if days > 1 and random.uniform() < 0.85:
                order += 1
                amount = random.gamma(4, 20)
                shop.add(
                    "purchases", purchase_id=f"o{order}", customer_id=who, at=ago(days=days), amount=f"{amount:.2f}"
                )
    for number in range(12):
        shop.add(
            "messages",
            message_id=f"m{number}",
            at=ago(hours=3 + number),
            channel="email",
            author=f"n{number:03}@neighbours.example",
            text=f"Hello, when will order {number + 70} be sent? I would like to know which day it arrives.",
            to_us="true",
        )
    shop.add("promises", promise_id="answer", kind="answer", within_hours=24, text="We answer within a day.")
    return shop

"""Mails that tell of a review. The samples are our own: they have the shape of such mails, and nobody's words."""

from __future__ import annotations

import time

import pytest

from goodwill.listen.letters import mail, review_alerts

GOOGLE = """From: Google Business Profile <businessprofile-noreply@google.com>
Subject: Bea R. left a review for Hexgear Chur
Content-Type: text/html; charset=utf-8

<html><body><table><tr><td>Bea R. left a review for Hexgear Chur</td></tr>
<tr><td>★★★★☆</td></tr><tr><td>Friendly, but the queue was long.</td></tr>
<tr><td><a href="https://business.google.com/reviews/l/123?reviewId=AbFvOq1">Reply</a></td></tr>
<tr><td>You are receiving this because you manage Hexgear Chur.</td></tr></table></body></html>"""
GOOGLE_DE = """From: Google Unternehmensprofil <businessprofile-noreply@google.com>
Subject: Bea R. hat eine Rezension zu Hexgear Chur geschrieben

Bea R. hat eine Rezension zu Hexgear Chur geschrieben
2 von 5 Sternen
„Zwei Tage, dann war es kaputt.
Nie wieder.“
Rezension beantworten
https://business.google.com/reviews"""
YELP = """From: Yelp for Business <no-reply@e.yelp.com>
Subject: New review for Hexgear Chur

You have a new review for Hexgear Chur
Reviewer: Cleo M.
<3 star rating>
They mended it in the end.
It took a month.
Read the full review
https://www.yelp.com/biz/hexgear-chur?hrid=Zz9_x-1"""
TRUSTPILOT = """From: Trustpilot <noreply.invitations@trustpilotmail.com>
Subject: Dora just left you a 5-star review on Hexgear
Content-Type: text/html; charset=utf-8

<p>Dora just left you a 5-star review on Hexgear</p><img alt="5 stars" src="https://x.example/5.png">
<h2>Splendid</h2><p>Max explained everything.</p>
<a href="https://www.trustpilot.com/reviews/65f0aa">View the review</a>"""
TRIPADVISOR = """From: Tripadvisor <reviews@mail.tripadvisor.com>
Subject: You have a new review of Hexgear Inn from Emil

Your property has a new review.
Rated 1 of 5 bubbles
"Cold soup, cold room."
Respond: https://www.tripadvisor.com/ShowUserReviews-g1-d2-r987654-Hexgear.html"""


def read(sample: str) -> review_alerts.Review | None:
    return review_alerts.read(mail.read(sample.encode()))


@pytest.mark.parametrize(
    ("sample", "found"),
    [
        (GOOGLE, ("google:AbFvOq1", 4.0, "Bea R.", "Friendly, but the queue was long.", "Hexgear Chur")),
        (GOOGLE_DE, (None, 2.0, "Bea R.", "Zwei Tage, dann war es kaputt.\nNie wieder.", "Hexgear Chur")),
        (YELP, ("yelp:Zz9_x-1", 3.0, "Cleo M.", "They mended it in the end.\nIt took a month.", "Hexgear Chur")),
        (TRUSTPILOT, ("trustpilot:65f0aa", 5.0, "Dora", "Splendid\nMax explained everything.", "Hexgear")),
        (TRIPADVISOR, ("tripadvisor:987654", 1.0, "Emil", "Cold soup, cold room.", "Hexgear Inn")),
    ],
)
def test_each_site_is_read(sample: str, found: tuple[str | None, float, str, str, str]) -> None:
    review = read(sample)
    assert review is not None
    key, *rest = found
    assert [review.rating, review.author, review.text, review.place] == rest
    assert review.id == key or (key is None and review.id.startswith("google:"))
    assert review.url is not None and review.url.startswith("https://")
    assert not review.edited


@pytest.mark.parametrize(
    "sample",
    [
        GOOGLE.replace("google.com>", "google.com.evil.example>"),
        GOOGLE.replace("google.com>", "gmail.com>"),
        GOOGLE.replace("★★★★☆", ""),
        YELP.replace("<3 star rating>", "some stars"),
        YELP.replace("New review for", "Invoice for"),
    ],
)
def test_another_sender_or_shape_is_no_review(sample: str) -> None:
    assert read(sample) is None


def test_the_same_review_told_twice_is_one_and_an_edit_says_so() -> None:
    first, again = (
        read(GOOGLE),
        read(GOOGLE.replace("left a review for", "updated their review for").replace("★☆", "☆☆")),
    )
    assert first is not None and again is not None
    assert (again.id, again.rating, again.edited) == (first.id, 3.0, True)


def test_a_mail_made_to_be_slow_is_not() -> None:
    for body in [
        "Bea left a review " * 20_000,
        "★☆" * 100_000,
        "\n".join(['"a'] * 20_000),
        "(" * 300_000,
        "1 " * 200_000,
    ]:
        for sample in (GOOGLE_DE + body, GOOGLE_DE.replace("2 von 5 Sternen", f"2 von 5\n{body}")):
            used = time.process_time()
            read(sample)
            assert time.process_time() - used < 30, body[:20]

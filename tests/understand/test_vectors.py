"""Vectors: near where the meaning is near, and a text's vector is its own."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from goodwill.errors import InputError
from goodwill.understand.vectors import WIDTH, vectors

TEXTS = [
    "Where is my parcel?",
    "My package has not arrived yet, and nobody can tell me where it is.",
    "I love the new colours!",
    "The app crashes whenever I open the settings since the last update, on two telephones, please help me.",
    "ok",
    "Wo bleibt mein Paket?",
]


def test_the_same_text_has_the_same_vector_in_any_batch() -> None:
    together = vectors(TEXTS * 3)
    alone = np.vstack([vectors([text]) for text in TEXTS * 3])
    backwards = vectors(TEXTS[::-1] * 3)[::-1]
    assert np.abs(together - alone).max() < 1e-5
    assert np.abs(together - backwards).max() < 1e-5


def test_what_means_the_same_is_near() -> None:
    parcel, package, colours, *_ = vectors(TEXTS)
    assert parcel @ package > 0.5 > parcel @ colours


def test_each_has_length_one_and_no_text_has_none() -> None:
    found = vectors(["hello", "", None, "\u200b", " \n"])
    assert found.shape == (5, WIDTH) and found.dtype == np.float32
    assert np.linalg.norm(found, axis=1) == pytest.approx([1, 0, 0, 0, 0], abs=1e-5)
    assert vectors([]).shape == (0, WIDTH)


def test_odd_texts_do_no_harm() -> None:
    odd = ["\ud800 half a letter", "a" * 10_000_000, "word " * 50_000, "<b>bold</b>\x00", "שלום עולם", "😡😡😡"]
    found = vectors(odd)
    assert np.isfinite(found).all()
    assert np.linalg.norm(found, axis=1) == pytest.approx(np.ones(len(odd)), abs=1e-5)


def test_progress_ends_at_one() -> None:
    seen: list[float] = []
    vectors([f"message {number}" for number in range(5)], seen.append)
    assert seen[-1] == 1.0


def test_one_text_is_refused() -> None:
    with pytest.raises(InputError, match="one text was given where a list is wanted; put it into a list"):
        vectors("hello")


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(InputError, match="vectors, position 1: no text but int; give texts, or None for none"):
        vectors(["hello", 7])  # type: ignore[list-item]


def test_reading_never_waits_for_the_body() -> None:
    words = "import goodwill, sys; goodwill.understand(['hello'], lane='fast'); print('onnxruntime' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"

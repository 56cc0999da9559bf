"""What the reader of other languages than English sees of a text."""

from __future__ import annotations

import numpy as np
import pytest

from goodwill.understand import read_texts
from goodwill.understand.features import foreign_features_of, foreign_words_of
from goodwill.understand.model import fast_model, foreign_mood_logits


def moods(texts: list[str]) -> np.ndarray:
    return foreign_mood_logits(fast_model(), foreign_words_of(texts))


def test_marks_on_letters_do_not_matter() -> None:
    with_marks, without = moods(["Não está bom, très déçue, SCHÖN, más", "Nao esta bom, tres decue, schon, mas"])
    assert with_marks.tolist() == without.tolist()


def test_other_scripts_keep_their_marks() -> None:
    words = foreign_words_of(["कल काल", "й и", "𝔡 d"])
    assert len(words.number) == 2 + 2 + 1  # NFKC makes an ordinary d of a mathematical one


@pytest.mark.parametrize(
    ("text", "reached"),
    [
        ("esta bom hoje", 0),
        ("Não está bom hoje", 3),
        ("das ist nicht gut", 1),
        ("الجو مو حلو", 1),
        ("ye accha nahi laga yaar", 2),
        ("pas bien. mais bon", 1),  # a sign ends the reach
        ("non è per niente una bella cosa", 3 + 2),  # two negations, of three words each, that overlap
    ],
)
def test_words_under_a_negation_are_features_of_their_own(text: str, reached: int) -> None:
    words = foreign_words_of([text])
    pairs = len(words.word) - 1
    assert len(foreign_features_of(words).extra_row) == pairs + reached


def test_a_reading_does_not_depend_on_its_neighbours() -> None:
    texts = ["não gostei nada", "", "nie wieder, nicht gut", "ما حلو ابدا", "super, merci"]
    together = moods(texts)
    for place, text in enumerate(texts):
        assert together[place].tolist() == moods([text])[0].tolist()
    extra = foreign_features_of(foreign_words_of(texts)).extra_message
    assert (np.diff(extra) >= 0).all()


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("Alles perfekt, vielen Dank!", "So schlecht, ich bin sehr enttäuscht."),
        ("Je suis ravie, merci beaucoup !", "Quelle honte, je suis très déçue."),
        ("¡Me encanta, muchas gracias!", "Qué asco, estoy muy decepcionada."),
        ("Che meraviglia, grazie mille!", "Che schifo, sono molto delusa."),
        ("Adorei, muito obrigada!", "Que vergonha, estou muito decepcionada."),
        ("bahut accha laga, dhanyavad", "bilkul bekar hai, bahut kharab"),
        ("شكرا جزيلا، خدمة رائعة", "خدمة سيئة جدا، للأسف"),
    ],
)
def test_praise_is_above_blame(good: str, bad: str) -> None:
    above, below = read_texts([good, bad], lane="fast")["score"].to_pylist()
    assert above > 0 > below

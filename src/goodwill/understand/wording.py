"""The telling words of many messages, and what sets one group of messages apart from the others in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from goodwill.understand.tokens import words_of
from goodwill.understand.topics import stem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from goodwill.understand.tokens import Positions, Words

_TEXTS_A_BLOCK = 4096
_CHARACTERS = 2000  # of each message: a theme stands in its beginning
_SHORTEST = 3  # letters
_LEAST = 3  # messages: a word of fewer names nobody's theme, and may be somebody's name
_EVERYWHERE = 0.4  # a word in a larger share of the messages tells nothing
_SAY_NOTHING = frozenset(
    """
    a about after again all also am an and another any anybody anyone anything are aren't as ask at back be because been
    before being best but by can can't cannot come could couldn't day days did didn't do does doesn't doing don't done
    each either else even ever every everyone everything few find first for from get gets getting give given go goes
    going gone good got great guys had has hasn't have haven't having he hello help her here hers hey hi him his how
    however i i'd i'll i'm i've if in instead into is isn't it it's its just keep know last least let let's like little
    lot made make makes many may maybe me might mine month months more most much must my myself need needs never new no
    nobody none nor not nothing now of off oh ok okay on once one only or other others our ours out over own per perhaps
    please put quite rather really said same say says see seem seems she should shouldn't since so some somebody someone
    something soon still such sure take tell than thank thanks that that's the their them then there there's these they
    they're thing things think this those though through time times to today told too took tried try trying two until up
    us use used user using very via want wanted wants was wasn't way we week weeks well went were weren't what what's
    when where whether which while who why will with without won't would wouldn't year years yes yesterday yet you
    you'd you're you've your yours monday tuesday wednesday thursday friday saturday sunday tomorrow tonight january
    february march april june july august september october november december dear regards sincerely kind cheers
    http amp www com
    """.split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Wording:
    """The telling words of N messages, V distinct ones, T in all.

    `shown` [V] is how a word is most often written; `message` and `word` [T] say which word stands in which message, in
    order; `next_to` [T] whether the telling word before stands right before it.
    """

    shown: tuple[str, ...]
    message: Positions
    word: Positions
    next_to: npt.NDArray[np.bool_]
    messages: int


def wording(texts: Sequence[str]) -> Wording:
    """Reads the words; forms of one word count as one, and words that say nothing of a theme are left out.

    >>> wording(["The parcel is late", "Parcels are late again", "A late parcel!"]).shown
    ('parcel', 'late')
    """
    numbers: dict[int, int] = {}  # a word's hash -> its stem's place, or −1
    stems: dict[str, int] = {}
    forms: dict[str, tuple[int, str]] = {}  # each form -> (its stem's place, itself)
    message, word, near, form = [], [], [], []
    form_place: dict[int, int] = {}
    for begin in range(0, len(texts), _TEXTS_A_BLOCK):
        block = words_of([text[:_CHARACTERS] for text in texts[begin : begin + _TEXTS_A_BLOCK]])
        place = np.empty(len(block.number), np.int64)
        which_form = np.empty(len(block.number), np.int64)
        for distinct, number in enumerate(block.number.tolist()):
            if number not in numbers:
                said = _telling(block, distinct)
                numbers[number] = stems.setdefault(_same(said), len(stems)) if said else -1
                form_place[number] = len(forms) if said else -1
                if said:
                    forms[said] = numbers[number], said
            place[distinct], which_form[distinct] = numbers[number], form_place[number]
        at = place[block.word]
        telling = np.flatnonzero(at >= 0)
        message.append(block.message[telling] + begin)
        word.append(at[telling])
        form.append(which_form[block.word[telling]])
        side = np.diff(telling, prepend=-9) == 1
        side[1:] &= np.diff(block.message[telling]) == 0
        near.append(side)
    if not texts:
        return Wording((), *(np.zeros(0, np.int64),) * 2, np.zeros(0, bool), 0)
    flat = Wording(tuple(stems), np.concatenate(message), np.concatenate(word), np.concatenate(near), len(texts))
    return _common(flat, list(forms.values()), np.concatenate(form))


def _telling(block: Words, distinct: int) -> str:
    """A distinct word in letters, or '' where it tells nothing."""
    length = int(block.end[distinct] - block.begin[distinct])
    if not block.spelt[distinct] or not _SHORTEST <= length <= 30:
        return ""
    said = "".join(map(chr, block.characters[block.begin[distinct] : block.end[distinct]].tolist()))
    whole = said.removesuffix("'s")
    return "" if "0" in whole or whole in _SAY_NOTHING or len(whole) < _SHORTEST else whole


def _same(word: str) -> str:
    """What all forms of a word have in common."""
    short = stem(word)
    return short[:-1] if short == word and word.endswith("s") and not word.endswith("ss") else short


def _common(flat: Wording, forms: list[tuple[int, str]], form: Positions) -> Wording:
    """Keeps words of at least three messages and of not too many, each shown in its commonest form."""
    held_by = np.bincount(_once(flat.message, flat.word, flat.messages, len(flat.shown))[1], minlength=len(flat.shown))
    kept = (held_by >= _LEAST) & (held_by <= max(_EVERYWHERE * flat.messages, _LEAST))
    number = np.cumsum(kept) - 1
    times = np.bincount(form, minlength=len(forms))
    best: dict[int, tuple[int, str]] = {}
    for place, (owner, said) in enumerate(forms):
        if kept[owner]:
            best[owner] = min(best.get(owner, (1, "")), (-int(times[place]), said))
    shown = tuple(best[owner][1] for owner in np.flatnonzero(kept).tolist())
    here = kept[flat.word]
    side = flat.next_to & np.concatenate(([False], here[:-1])) if len(here) else flat.next_to
    return Wording(shown, flat.message[here], number[flat.word[here]], side[here], flat.messages)


def _once(message: Positions, term: Positions, messages: int, terms: int) -> tuple[Positions, Positions]:
    """(message, term), each pair once; by rows, which is quicker than finding unique numbers."""
    from scipy.sparse import csr_matrix

    table = csr_matrix((np.ones(len(term), bool), (message, term)), shape=(messages, max(1, terms)))
    table.sum_duplicates()
    return np.repeat(np.arange(messages), np.diff(table.indptr)), table.indices


def tf_idf(said: Wording) -> Any:
    """[N, V] sparse, rows of length 1: log(1 + count) · log(N / messages that have the word)."""
    from scipy.sparse import csr_matrix

    shape = (said.messages, len(said.shown))
    table = csr_matrix((np.ones(len(said.word), np.float32), (said.message, said.word)), shape=shape)
    table.sum_duplicates()
    held_by = np.bincount(table.indices, minlength=shape[1])
    idf = np.log((1 + said.messages) / np.maximum(held_by, 1)).astype(np.float32)
    table.data = np.log1p(table.data) * idf[table.indices]
    length = np.sqrt(np.asarray(table.multiply(table).sum(axis=1)).ravel())
    table.data /= np.repeat(np.maximum(length, 1e-12), np.diff(table.indptr)).astype(np.float32)
    return table


def names_of(said: Wording, group: Positions, groups: int, most: int = 3) -> list[tuple[str, ...]]:
    """For each group of messages the words, and pairs of neighbouring words, that set it apart from the other groups.

    Class-based TF-IDF (Grootendorst 2022, BERTopic, section 3.3): W(t, c) = tf(t, c) · log(1 + A / f(t)), with tf a
    word's share of the group's words, f its number in all groups and A the mean number of words a group. A group's name
    has no word twice; a word held by fewer than a tenth of its messages names nothing.

    Args:
        group: [N] the group of each message, −1 where it has none.
    """
    inside = group[said.message] >= 0
    word, message = said.word[inside], said.message[inside]
    pair = said.next_to[1:] & inside[1:] & inside[:-1] & (said.word[1:] != said.word[:-1])
    first, second = said.word[:-1][pair], said.word[1:][pair]
    size = len(said.shown)
    pairs, pair_number = np.unique(first * size + second, return_inverse=True)
    term = np.concatenate((word, size + pair_number))
    place = np.concatenate((message, said.message[1:][pair]))
    chosen = _scores(term, place, group, groups, size + len(pairs))

    def parts(number: int) -> tuple[int, ...]:
        return (number,) if number < size else tuple(divmod(int(pairs[number - size]), size))

    return [_name(ranked, parts, said.shown, most) for ranked in chosen]


def _scores(term: Positions, place: Positions, group: Positions, groups: int, terms: int) -> Iterator[list[int]]:
    """For each group its terms, best first."""
    from scipy.sparse import csr_matrix

    place, term = _once(place, term, len(group), terms)
    table = csr_matrix((np.ones(len(term)), (group[place], term)), shape=(groups, terms))
    table.sum_duplicates()
    everywhere = np.bincount(table.indices, table.data, terms)
    mean = table.sum() / max(1, groups)
    members = np.bincount(group[group >= 0], minlength=groups)
    for number in range(groups):
        row = slice(table.indptr[number], table.indptr[number + 1])
        ids, count = table.indices[row], table.data[row]
        score = count / max(1.0, count.sum()) * np.log1p(mean / everywhere[ids])
        often = count >= max(2.0, 0.1 * members[number])
        order = np.lexsort((ids, -np.round(score, 9)))
        yield ids[order][often[order]][:40].tolist()


def _name(ranked: list[int], parts: Any, shown: tuple[str, ...], most: int) -> tuple[str, ...]:
    """The best terms; a pair takes the place of a word of its own that came before it."""
    chosen: list[tuple[int, ...]] = []
    for number in ranked[: 4 * most]:
        words = parts(number)
        single = [other for other in chosen if len(other) == 1 and other[0] in words]
        if len(words) == 2 and single:
            chosen[chosen.index(single[0])] = words
            chosen = [other for other in chosen if other == words or other not in single]
        elif not {word for other in chosen for word in other} & set(words):
            chosen.append(words)
    return tuple(" ".join(shown[word] for word in words) for words in chosen[:most])

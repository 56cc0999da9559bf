"""Texts as a sparse matrix: the same features that the reader uses, one row a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp

from goodwill.understand.features import BITS, FOREIGN_BITS, features_of, foreign_features_of, foreign_words_of
from goodwill.understand.model import PIECES_WEIGHT, foreign_lengths, lengths
from goodwill.understand.tokens import words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

COLUMNS = 1 << BITS
_BLOCK = 4096


def _ones(rows: np.ndarray, columns: np.ndarray, shape: tuple[int, int]) -> sp.csr_matrix:
    return sp.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=shape)


def _block(texts: Sequence[str], extras: bool) -> sp.csr_matrix:
    words = words_of(texts)
    found = features_of(words)
    distinct = len(words.number)
    taken = np.arange(distinct) if extras else np.flatnonzero(words.spelt)
    own = _ones(taken, found.word_row[taken], (distinct, COLUMNS))
    pieces = _ones(found.piece_word, found.piece_row, (distinct, COLUMNS))
    count = np.maximum(np.bincount(found.piece_word, minlength=distinct), 1)
    of_word = own + sp.diags((PIECES_WEIGHT / count).astype(np.float32)) @ pieces
    standing = _ones(words.message, words.word, (len(texts), distinct))
    extra = _ones(found.extra_message, found.extra_row, (len(texts), COLUMNS))
    return sp.diags((1 / lengths(words)).astype(np.float32)) @ (
        standing @ of_word + extra if extras else standing @ of_word
    )


def matrix(texts: Sequence[str], extras: bool = True) -> sp.csr_matrix:
    """[N, 2^18] float32, each row divided by the text's length as the model does.

    Without `extras`: spelt words and their pieces alone, no signs, names, addresses or neighbours.
    """
    blocks = [_block(texts[begin : begin + _BLOCK], extras) for begin in range(0, len(texts), _BLOCK)]
    return sp.vstack(blocks, format="csr")


def foreign_matrix(texts: Sequence[str]) -> sp.csr_matrix:
    """[N, 2^20] float32: what the other languages' table is asked for, divided as the model does."""
    words = foreign_words_of(texts)
    found = foreign_features_of(words)
    shape, distinct = (len(texts), 1 << FOREIGN_BITS), len(words.number)
    for_words, for_pieces = foreign_lengths(words, found)
    everything = np.arange(distinct)
    standing = _ones(words.message, words.word, (len(texts), distinct))
    whole = standing @ _ones(everything, found.word_row, (distinct, shape[1])) + _ones(
        found.extra_message, found.extra_row, shape
    )
    pieces = standing @ _ones(found.piece_word, found.piece_row, (distinct, shape[1]))
    return (
        sp.diags((1 / for_words).astype(np.float32)) @ whole + sp.diags((1 / for_pieces).astype(np.float32)) @ pieces
    ).tocsr()

"""The ledger: double entry in integer cents, and the solve that says what follows from each customer.

``solve_worth`` is the mathematics, ``Book`` the entries, ``worth_table`` and ``statement`` what is read from them, and
``reconcile`` the proof that they balance. Which kind of entry belongs to which part of a worth: ``kinds.py``.
"""

from goodwill.ledger.book import Book
from goodwill.ledger.cents import cents_to_decimal, decimal_to_cents, to_cents
from goodwill.ledger.columns import Harm, Lines, Ties
from goodwill.ledger.pairs import SCHEMA as LEDGER_SCHEMA
from goodwill.ledger.reconcile import Reconciliation, reconcile
from goodwill.ledger.solve import TieMatrix, WorthSolution, solve_worth
from goodwill.ledger.statement import statement, worth_table

__all__ = [
    "LEDGER_SCHEMA",
    "Book",
    "Harm",
    "Lines",
    "Reconciliation",
    "TieMatrix",
    "Ties",
    "WorthSolution",
    "cents_to_decimal",
    "decimal_to_cents",
    "reconcile",
    "solve_worth",
    "statement",
    "to_cents",
    "worth_table",
]

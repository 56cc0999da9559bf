"""Every error that goodwill raises on purpose, on one screen.

    GoodwillError
    ├── SettingsError      goodwill.toml says something that cannot be (also a ValueError)
    ├── InputError         a file or a folder of facts cannot be used (also a ValueError)
    ├── FactError          one fact breaks its schema (also a ValueError)
    ├── ModelError         a model was given numbers that it cannot take (also a ValueError)
    │   └── NotEnoughData  too little to fit; the message says how much is needed
    ├── NotFitted          a model was asked before it was fitted
    ├── NotConverged       a fit stopped before it was done
    ├── BooksError         the books would not balance (also a ValueError)
    ├── MissingExtra       an optional part is not installed; the message is the line that mends it
    ├── NotLetOut          a request was about to leave for a place that nobody configured
    ├── NoAnswer           a place that may be asked did not answer as it should
    └── SourceError        a source could not be heard
        ├── NotVerified    a request's signature is not the sender's: it was not read
        ├── NotUnderstood  what a source said is not what its kind says (also a ValueError)
        └── TooOften       a source asks to be asked less; `retry_after` says for how many seconds

Each message says what is wrong, where, and what to do.
"""

from __future__ import annotations


class GoodwillError(Exception):
    """The root: catch this to catch everything that goodwill raises on purpose.

    >>> str(GoodwillError("no file 'a.csv'", where="orders/", mend="check the path"))
    "orders/: no file 'a.csv'; check the path"
    """

    def __init__(self, what: str, *, where: str = "", mend: str = "") -> None:
        self.what, self.where, self.mend = what, where, mend
        super().__init__((f"{where}: " if where else "") + what + (f"; {mend}" if mend else ""))


class SettingsError(GoodwillError, ValueError):
    """goodwill.toml says something that cannot be."""


class InputError(GoodwillError, ValueError):
    """A file or a folder of facts cannot be used."""


class FactError(GoodwillError, ValueError):
    """One fact breaks its schema."""


class ModelError(GoodwillError, ValueError):
    """A model was given numbers that it cannot take."""


class NotEnoughData(ModelError):
    """Too little to fit a model."""


class NotFitted(GoodwillError):
    """A model was asked before it was fitted."""


class NotConverged(GoodwillError):
    """A fit stopped before it was done."""


class BooksError(GoodwillError, ValueError):
    """The books would not balance."""


class MissingExtra(GoodwillError):
    """An optional part is not installed."""


class NotLetOut(GoodwillError):
    """A request was about to leave for a place that nobody configured."""


class NoAnswer(GoodwillError):
    """A place that may be asked did not answer as it should."""


class SourceError(GoodwillError):
    """A source could not be heard."""


class NotVerified(SourceError):
    """A request's signature is not the sender's, or its time has passed: it was not read."""


class NotUnderstood(SourceError, ValueError):
    """What a source said is not what its kind says."""


class TooOften(SourceError):
    """A source asks to be asked less. `retry_after`: for so many seconds it wants to be left alone."""

    def __init__(self, what: str, *, retry_after: int, where: str = "", mend: str = "") -> None:
        self.retry_after = retry_after
        super().__init__(what, where=where, mend=mend)


class GoodwillWarning(UserWarning):
    """Something worth knowing that stops nothing; the message says what to do."""

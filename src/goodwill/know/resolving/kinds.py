"""What sort of thing a column holds: each kind is compared in a way of its own."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What a column holds, as told by its values and its name."""

    GIVEN = "given name"
    SURNAME = "surname"
    FULL_NAME = "full name"
    DATE = "date"
    EMAIL = "e-mail"
    PHONE = "phone"
    POSTCODE = "postcode"
    STREET = "street"
    PLACE = "place"
    CODE = "code"
    NUMBER = "number"
    CATEGORY = "category"
    WORDS = "free text"
    REFUSED = "refused"
    NOTHING = "nothing"


NAMES = (Kind.GIVEN, Kind.SURNAME, Kind.FULL_NAME)
COMPARED = tuple(kind for kind in Kind if kind not in (Kind.REFUSED, Kind.NOTHING))

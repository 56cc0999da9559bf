"""A perk rests on what was proved or decided, never on a link that is only probable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.recognise.conftest import shop  # noqa: F401
from service.who import people_here as here

if TYPE_CHECKING:
    from service.recognise.conftest import Shop


def test_a_perk_comes_with_the_confirmation_and_goes_with_the_split(shop: Shop) -> None:  # noqa: F811
    from goodwill.service import live, who

    bens = "ben@mail.example"
    assert shop.perk(bens) is None and shop.perk("anna@mail.example")
    link = here.link("anna", "ben", 0.999)
    live.revalue()
    assert shop.perk(bens) is None  # however probable it is that they are one person
    who.confirm(link, by="Ida")
    assert shop.perk(bens) == shop.perk("anna@mail.example")
    who.undo(0, by="Ida")
    assert shop.perk(bens) is None and shop.perk("anna@mail.example")
    who.merge("anna", "ben", by="Ida")
    who.split(["ben"], by="Ida")
    assert shop.perk(bens) is None and shop.perk("anna@mail.example")

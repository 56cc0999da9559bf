"""Names and handles: how each person is called, and under which handle they speak on each channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from goodwill.demo import stories
from goodwill.demo.setting import BLOG, CHANNELS, CHAT, EMAIL, FACEBOOK, FORUM, PHONE, REVIEW, TWITTER

if TYPE_CHECKING:
    from goodwill.demo.people import Flags, People


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_FIRST = _words(
    "Ada Alba Alice Amir Andrea Anna Anton Aron Astrid Ben Bianca Carl Carla Chen Clara Cleo Dario David Diego "
    "Dora Eddy Elena Elin Emil Emma Erik Eva Farid Felix Finn Flora Gita Greta Hanna Hans Hugo Ida Igor Ines "
    "Iris Ivo Jana Jan Jin Joan Jonas Julia Kai Karim Kate Kim Lars Laura Lea Leon Lily Lina Lola Luis Maja "
    "Marc Maria Marta Max Mia Milan Mira Nadia Nico Nina Noa Nora Olaf Olga Omar Oskar Otto Paul Pedro Petra "
    "Rafi Remy Rita Robin Romy Ruth Sami Sara Selma Simon Sofia Sven Tara Theo Tilda Timo Uma Vera Viktor "
    "Wanda Willem Yara Yuki Zoe"
)
_LAST = _words(
    "Abel Adler Albers Almeida Andersen Appel Arendt Baker Barros Bauer Becker Bell Berg Bianchi Blom Bosch "
    "Brandt Braun Brook Bruns Cano Carver Castro Conti Costa Cruz Dahl Damm Dekker Diaz Dorn Duarte Ebner "
    "Eklund Engel Falk Farrow Ferri Fischer Flint Forster Frank Fuchs Garcia Gatti Gomez Graf Greene Grimm "
    "Haas Hahn Hansen Hardy Hart Hassan Heller Hobbs Holm Horn Hughes Ibsen Jansen Jensen Kaiser Keller Kern "
    "Klein Koch Kramer Kuhn Lang Larsen Leroy Lind Lopez Lorenz Lowe Lund Maas Marin Marsh Martin Meier Mendes "
    "Meyer Moreau Moser Nagy Nolan Novak Oliver Olsen Ortiz Pace Palmer Pereira Petit Pohl Prior Quinn Ramos "
    "Reed Reyes Ricci Ritter Rossi Roth Roux Sander Santos Sauer Schmidt Silva Simon Sousa Stark Stein Stone "
    "Storm Thorn Tran Vega Vidal Visser Vogel Voss Wagner Walsh Weber Weiss Winter Wolf Wood Young Zeller"
)
_TRADES = _words(
    "Logistics Studios Dental School Library Architects Bakery Robotics Print Clinic Theatre Labs Surveyors Media"
)
_MAILS = ("post.example", "mailbox.example", "webmail.example", "home.example")
_NICKS = _words("quiet swift mellow rusty copper pixel turbo frosty lucky amber cosmic velvet iron mossy solder static")
_BEASTS = _words("otter badger heron lynx wren hedgehog marten falcon newt stoat beetle raven hare moth owl toad")


@dataclass
class Names:
    """Names and handles by customer; plain lists, for there are no vectors of words."""

    name: list[str]
    email: list[str]
    nick: list[str]  # the forum's name, unique
    linked: Flags  # the firm knows which accounts are theirs

    def handle(self, who: int, channel: int) -> str:
        """Under which handle they speak on a channel."""
        if who < stories.RESERVED:
            for known in _story_handles(who, CHANNELS[channel]):
                return known
        if channel in (EMAIL, CHAT):
            return self.email[who]
        if channel == PHONE:
            return phone(who)
        if channel == TWITTER:
            return f"@{self.nick[who]}"
        if channel == FACEBOOK:
            return f"{self.name[who].lower().replace(' ', '.')}.{who}"
        if channel == BLOG:
            return f"{self.nick[who].replace('_', '')}.blog.example"
        return self.nick[who]


def _story_handles(who: int, channel: str) -> tuple[str, ...]:
    found = [handle for where, handle in (stories.ACCOUNTS.get(who, ("", "")),) if where == channel]
    return tuple(
        found + [handle for person, where, handle in stories.MORE_ACCOUNTS if (person, where) == (who, channel)]
    )


def phone(who: int) -> str:
    """A number of the range that is set aside for stories."""
    return f"+3197010{who:07d}"


def draw_names(people: People, rng: np.random.Generator) -> Names:
    """Names, e-mail addresses and nicknames; e-mails and nicknames are unique."""
    size = people.size
    first = rng.integers(0, len(_FIRST), size).tolist()
    last = rng.integers(0, len(_LAST), size).tolist()
    mail = rng.integers(0, len(_MAILS), size).tolist()
    nick = rng.integers(0, len(_NICKS) * len(_BEASTS), size).tolist()
    organisation = people.organisation.tolist()
    names: list[str] = []
    emails: list[str] = []
    nicks: list[str] = []
    for who in range(size):
        name = f"{_FIRST[first[who]]} {_LAST[last[who]]}"
        address = f"{name.lower().replace(' ', '.')}{who}@{_MAILS[mail[who]]}"
        if organisation[who]:
            name = f"{_LAST[last[who]]} {_TRADES[first[who] % len(_TRADES)]}"
            address = f"orders@{name.lower().replace(' ', '-')}-{who}.example"
        names.append(name)
        emails.append(address)
        nicks.append(f"{_NICKS[nick[who] // len(_BEASTS)]}_{_BEASTS[nick[who] % len(_BEASTS)]}{who}")
    for who, name in stories.NAMES.items():
        names[who] = name
        emails[who] = f"{name.lower().replace(' ', '.')}@post.example"
    emails[0] = "dana.whitlock@mailbox.example"
    linked = rng.random(size) < 0.96
    linked[: stories.RESERVED] = True
    return Names(names, emails, nicks, linked)


def account_channels() -> tuple[int, ...]:
    """The channels on which people have accounts of their own."""
    return (TWITTER, FACEBOOK, REVIEW, FORUM, BLOG)

"""Sources end to end: from the outside protocol to the row in *Now*.

    def test_a_shop(heard):
        shop = heard("shopify", "shop", {"secret": "s3cret"})
        shop.send(body, {"X-Shopify-Hmac-SHA256": ...})        # a webhook; the answer as the sender sees it
        assert shop.now()[0]["text"] == ...

    forum = heard("feed", "blog", {"url": server.url}, private="127.0.0.1:8123")
    forum.pull()                                               # one pull, as the worker does it, and the drain
    forum.listen(lambda: len(forum.facts("messages")) == 3)    # a stream, until that is so

`heard` runs on SQLite and on PostgreSQL, for it asks for `service`. `invented(kind)` registers a kind for one test.
`place(kind, name, settings)` is the Place alone, without a database.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from patience import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from service.conftest import Service


@dataclass
class Heard:
    """One source that is connected."""

    service: Service
    kind: str
    name: str

    @property
    def source(self) -> Any:
        """Its row, as it stands."""
        from goodwill.service.store.models import Source

        return Source.objects.get(name=self.name)

    def send(
        self,
        body: bytes,
        headers: Mapping[str, str] | None = None,
        *,
        query: str = "",
        content_type: str = "application/json",
        drained: bool = True,
    ) -> Any:
        """Posts to the source's address; what came is drained, so that it stands in Now."""
        path = f"/webhooks/{self.kind}/{self.name}" + (f"?{query}" if query else "")
        answer = self.service.client().post(path, body, content_type=content_type, headers=dict(headers or {}))
        if drained:
            drain()
        return answer

    def pull(self) -> str:
        """One pull as the worker does it; says how it went. Raises where the source could not be heard."""
        from goodwill.service.sources import pulling

        said = pulling.pull(self.name)
        drain()
        assert not said.startswith("could not"), said
        return said

    def listen(self, heard: Callable[[], bool]) -> None:
        """Hears a stream as the worker does, until something is so."""
        from goodwill.service.sources.streams import Streams

        stop = threading.Event()
        thread = threading.Thread(target=Streams(looks_every=0.05).run, args=(stop,))
        thread.start()
        try:
            until(lambda: heard() or (drain(1) and heard()), lambda: self.source.last_error or "no error", pause=0.02)
        finally:
            stop.set()
            thread.join()
        drain()

    def facts(self, table: str) -> list[dict[str, Any]]:
        """What is stored in a table, in the order in which it came: only columns that say something."""
        from goodwill.facts import TABLES
        from goodwill.service.store.models import FACTS

        rows = FACTS[table].objects.filter(fact_source=self.name).order_by("row").values(*TABLES[table].names)
        return [{name: value for name, value in row.items() if value is not None} for row in rows]

    def now(self) -> list[dict[str, Any]]:
        """What stands in Now, in order."""
        from goodwill.service import live

        found: list[dict[str, Any]] = live.now(500)[0]
        return found

    def unread(self) -> list[str]:
        """What could not be read, and why."""
        from goodwill.service.store.models import Unread

        return [f"{one.field}: {one.reason}" for one in Unread.objects.filter(source=self.name).order_by("pk")]


def drain(rounds: int = 10_000) -> int:
    """Drains all that waits, or so many rounds, with what follows; how many batches."""
    from goodwill.service import intake, live

    batches = 0
    while rounds > 0 and (drained := intake.drain()).batches:
        rounds -= 1
        if drained.stored or drained.persons:
            live.after_drain(drained)
        batches += drained.batches
    return batches


@pytest.fixture
def heard(service: Service, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Heard]:
    """Connects a source as a person does; `private`: local servers that it may ask ('127.0.0.1:8080'), one or more."""
    from goodwill.service.sources import connect

    def connected(kind: str, name: str, settings: Mapping[str, Any] | None = None, *, private: Any = "") -> Heard:
        if private:
            named = [private] if isinstance(private, str) else list(private)
            monkeypatch.setenv("GOODWILL_OUT_PRIVATE", ",".join(named))
        connect.add(kind, name, settings or {}, by="test")
        return Heard(service, kind, name)

    return connected


@pytest.fixture
def place() -> Callable[..., Any]:
    """A Place as the service makes it, but without a database: kind, name, settings, and local servers it may ask."""
    from goodwill.gate import Gate
    from goodwill.listen.sources import Place
    from goodwill.listen.sources import kind as kind_called

    def made(kind: str, name: str, settings: Mapping[str, Any], *, private: Any = "", **more: Any) -> Any:
        found = kind_called(kind)
        of = found.settings.model_validate(dict(settings))
        named = frozenset([private] if isinstance(private, str) else private) - {""}
        gate = Gate(allowed=found.hosts(of), private=named, anywhere=found.anywhere)
        return Place(name, of, gate, **more)

    return made


@pytest.fixture
def invented(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], Any]:
    """Registers kinds for one test alone, beside those that there are."""
    from goodwill.listen import sources
    from goodwill.service.sources import connect, places

    real_kind, real_names = sources.kind, sources.names
    made: dict[str, Any] = {}

    def kind(name: str) -> Any:
        return made.get(name) or real_kind(name)

    def names() -> tuple[str, ...]:
        return tuple(sorted({*real_names(), *made}))

    monkeypatch.setattr(sources, "kind", kind)
    monkeypatch.setattr(sources, "names", names)
    for module in (connect, places):
        monkeypatch.setattr(module, "kind_called", kind)

    def register(one: Any) -> Any:
        made[one.name] = one
        return one

    return register


@pytest.fixture(autouse=True)
def webhooks_alone() -> Iterator[None]:
    """Requests reach the webhooks and nothing else."""
    from django.test import override_settings

    with override_settings(ROOT_URLCONF="goodwill.service.sources.urls"):
        yield

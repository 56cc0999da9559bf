"""`goodwill evaluate FOLDER`: how well the firm's own people find that its messages are read."""

from __future__ import annotations

import json
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from goodwill.cli import terminal
from goodwill.firm import OWN_READER

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from goodwill.lake import Facts
    from goodwill.understand.evaluation import Evaluation
    from goodwill.understand.measures import Accuracy, Calibration


def evaluate(
    folder: Annotated[
        Path | None,
        typer.Argument(help="where the files lie: messages.csv, corrections.csv, ...; without it: the service's store"),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="write everything that was found there too, as JSON")] = None,
    miss_costs: Annotated[
        float | None, typer.Option(help="a missed intent costs as much as so many false alarms; highest F1 without it")
    ] = None,
    sample: Annotated[
        int, typer.Option(min=0, help="write so many messages, chosen by nobody, for a person to confirm or correct")
    ] = 0,
    adapt: Annotated[
        bool, typer.Option("--adapt", help="learn from the corrections, and write what was learnt beside the results")
    ] = False,
) -> None:
    """Say how often readings are right by the firm's own corrections, and which cut-offs would suit it better."""
    from goodwill.understand.checking import sample as check_sample
    from goodwill.understand.evaluate import as_read
    from goodwill.understand.evaluate import evaluate as compare

    with terminal.progress() as progress:
        facts, place = _said(folder, progress)
        readings = as_read(facts, progress)
    terminal.say_rejects(facts.rejects)
    if sample:
        _write_sample(check_sample(facts, readings, sample), place / "check-these.csv")
        return
    found = compare(facts, readings, miss_costs)
    show(found)
    if adapt:
        _adapt(facts, readings, place / OWN_READER, in_use=folder is None)
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(found.to_dict(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        terminal.out.print(f"written to {out}", soft_wrap=True)


def _said(folder: Path | None, progress: Callable[[str, float], None]) -> tuple[Facts, Path]:
    """What was said and corrected, and where to write what comes of it."""
    if folder is not None:
        from goodwill import listen

        return listen.read_folder(folder, progress=progress), folder / "goodwill-out"
    from goodwill.cli import store

    store.begin()
    from goodwill.service import live
    from goodwill.service.home import home

    return live.facts(("messages", "corrections")), home().folder


def _adapt(facts: Facts, readings: pa.Table, file: Path, *, in_use: bool) -> None:
    from goodwill.understand.adapt import adapt
    from goodwill.understand.evaluate import read_again

    texts, found = read_again(facts)
    learnt = adapt(texts, readings, facts.arrow("corrections"), found)
    shown = _table("adapted to the firm's own corrections", "head", "labelled", "because")
    for head in learnt.heads:
        shown.add_row(head.name if head.form else f"({head.name})", f"{head.labels:,}", head.why)
    terminal.out.print(shown)
    if learnt.used:
        learnt.save(file)
        terminal.out.print(f"{learnt.version}, written to {file}", soft_wrap=True)
        how = "It reads from now on" if in_use else f'To read with it: [reading] own = "goodwill-out/{OWN_READER}"'
        terminal.out.print(f"{how}; take the file away to go back.", soft_wrap=True, markup=False)
    else:
        terminal.out.print("Nothing was adapted, and nothing written.")


def _write_sample(rows: pa.Table, file: Path) -> None:
    from goodwill.lake import write_table

    file.parent.mkdir(parents=True, exist_ok=True)
    write_table(rows, file)
    terminal.out.print(
        f"{rows.num_rows:,} messages are in {file}: correct the column `value` where the mood is wrong, leave it where "
        "it is right, drop the column `text`, and add the rows to corrections.csv",
        soft_wrap=True,
    )


def show(found: Evaluation) -> None:
    """The evaluation in a terminal."""
    terminal.out.print(
        f"{found.corrected:,} of {found.readings:,} messages were looked at by a person; read by {found.model}",
        soft_wrap=True,
    )
    _fields(found)
    _moods(found)
    _labels("intents", found.intents)
    _labels("topics", found.topics)
    _order(found)
    _calibration("mood", found.mood_calibration)
    _calibration("intents", found.intent_calibration)
    _cut_offs(found)
    _review(found)
    for note in found.notes:
        terminal.out.print(note, soft_wrap=True)


def _table(title: str, *headings: str) -> Table:
    terminal.out.print(f"\n{title}", soft_wrap=True)
    shown = Table()
    for place, heading in enumerate(headings):
        shown.add_column(heading, justify="left" if not place else "right")
    return shown


def _share(value: float) -> str:
    return "–" if isnan(value) else f"{value:.2f}"


def _of(one: Accuracy) -> str:
    """A share with its interval; one that rests on nothing is a dash."""
    if not one.count:
        return "–"
    low, high = one.interval
    return f"{one.share:.2f} ({low:.2f}–{high:.2f}) of {one.count:,}"


def _fields(found: Evaluation) -> None:
    shown = _table("read as people say", "field", "among corrections", f"in the check sample ({found.check_size:,})")
    for field in found.fields:
        shown.add_row(field.name, _of(field.accuracy), _of(field.check))
    terminal.out.print(shown)


def _moods(found: Evaluation) -> None:
    shown = _table("mood", "read as", *(f"is {mood}" for mood in found.moods), "precision", "recall", "F1")
    for (mood, one), row in zip(found.moods.items(), found.confusion, strict=True):
        shown.add_row(mood, *(f"{count:,}" for count in row), *map(_share, (one.precision, one.recall, one.f1)))
    terminal.out.print(shown)


def _labels(title: str, labels: dict[str, Any]) -> None:
    if not labels:
        return
    shown = _table(title, "", "are", "read", "precision", "recall", "F1")
    for name, one in labels.items():
        shown.add_row(name, f"{one.meant:,}", f"{one.said:,}", *map(_share, (one.precision, one.recall, one.f1)))
    terminal.out.print(shown)


def _order(found: Evaluation) -> None:
    if not isnan(found.urgency_order):
        terminal.out.print(
            f"urgency: {found.urgency_order:.0%} of the pairs among {found.urgency_count:,} corrections are in order"
        )


def _calibration(title: str, found: Calibration | None) -> None:
    if found is None:
        return
    shown = _table(
        f"how sure it was, {title}: calibration error {found.error:.3f} over {found.count:,}",
        "probability", "readings", "said", "came",
    )  # fmt: skip
    for one in found.bins:
        shown.add_row(f"{one.low:.1f} to {one.high:.1f}", f"{one.count:,}", f"{one.said:.2f}", f"{one.came:.2f}")
    terminal.out.print(shown)


def _cut_offs(found: Evaluation) -> None:
    shown = _table("cut-offs of the intents", "intent", "hold", "do not", "suggested", "because")
    for one in found.cut_offs:
        suggested = "" if one.suggested is None else f"{one.suggested:.2f}"
        shown.add_row(one.intent, f"{one.positive:,}", f"{one.negative:,}", suggested, one.why)
    terminal.out.print(shown)
    if found.toml():
        terminal.out.print("to use them, paste this into goodwill.toml:\n")
        terminal.out.print(found.toml(), markup=False)


def _review(found: Evaluation) -> None:
    shown = _table("marked for review", "below", "of all readings", "mood right above", "mood right below")
    for one in found.review:
        shown.add_row(
            f"{one.below:.2f}", "–" if isnan(one.marked) else f"{one.marked:.0%}", _of(one.kept), _of(one.looked_at)
        )
    terminal.out.print(shown)

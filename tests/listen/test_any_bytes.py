"""Whatever lies in a file, nothing but a GoodwillError comes out."""

from __future__ import annotations

import string
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from goodwill.errors import GoodwillError
from goodwill.facts import TABLES
from goodwill.listen import preview, read_folder

ENDINGS = (".csv", ".tsv", ".jsonl", ".parquet", ".csv.gz", ".jsonl.gz")
ODD = ["", "1", "-1", "1e400", "nan", "inf", "2026-01-01", "31/12/2025", "1,5", '"', "'", "€ 5", "é", "\x00", "\x1e"]
ODD += ["9" * 40, "a@b.c", "[", '["a"]', "infinity", "2026-01-01 (BC)", "\\N", " ", "\r", "\n", "ann", "true", "C12"]
ODD += ["999999999999.999999", "1970-01-01", "294247-01-01", "0001-01-01", "%", "★", "(1)", "1-", "--1", "1.2.3"]
CELLS = st.one_of(st.sampled_from(ODD), st.text(max_size=8))


def goes_through(data: bytes, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        for look in (lambda: read_folder(folder), lambda: preview(path)):
            try:
                look()
            except GoodwillError as told:
                assert str(told).strip() and "\n" not in str(told)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    data=st.binary(max_size=300), table=st.sampled_from(["purchases", "messages", "x"]), end=st.sampled_from(ENDINGS)
)
@example(data=b"", table="purchases", end=".csv")
@example(data=b"\xff\xfe\x00", table="purchases", end=".csv")
@example(data=b'"', table="messages", end=".csv")
@example(data=b"PAR1", table="messages", end=".parquet")
@example(data=b"\x1f\x8b\x08\x00", table="messages", end=".csv.gz")
@example(data=b"{}\n{}", table="messages", end=".jsonl")
@pytest.mark.slow
def test_any_bytes(data: bytes, table: str, end: str) -> None:
    goes_through(data, table + end)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(drawn=st.data(), table=st.sampled_from(sorted(TABLES)))
@pytest.mark.slow
def test_any_cells_under_a_good_header(drawn: st.DataObject, table: str) -> None:
    names = list(TABLES[table].names)
    rows = drawn.draw(st.lists(st.lists(CELLS, min_size=len(names), max_size=len(names)), max_size=6))
    quoted = drawn.draw(st.booleans())
    lines = [",".join(names)]
    for row in rows:
        lines.append(",".join('"' + cell.replace('"', '""') + '"' if quoted else cell for cell in row))
    goes_through("\n".join(lines).encode("utf-8", "surrogateescape"), f"{table}.csv")


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(header=st.lists(st.text(string.printable, max_size=12), min_size=1, max_size=5), body=st.text(max_size=60))
@pytest.mark.slow
def test_any_header(header: list[str], body: str) -> None:
    goes_through((",".join(header) + "\n" + body).encode("utf-8", "replace"), "messages.csv")

"""The two ways through a CSV, DuckDB's own and ours, agree on every row and every physical line."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path
from unittest.mock import patch

import duckdb
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from goodwill.listen import scan
from goodwill.listen.records import record_lines, records
from goodwill.listen.scan import separator
from goodwill.listen.source import open_source

CELLS = st.one_of(st.sampled_from(["a", "", "1", 'say "hi"', "two\nlines", "comma, here", "\n\n", '"', "é", "x" * 40]))
TABLES = st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=12)


def written(table: list[list[str]], end: str, quoting: int = csv.QUOTE_MINIMAL) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator=end, quoting=quoting).writerows([["k", "l", "m"], *table])  # type: ignore[arg-type]
    return out.getvalue()


def starts(text: str) -> list[int]:
    """Where each record after the header starts, by the csv module."""
    reader, found = csv.reader(io.StringIO(text, newline="")), []
    before = 0
    for row in reader:
        if row:
            found.append(before + 1)
        before = reader.line_num
    return found[1:]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(table=TABLES, end=st.sampled_from(["\n", "\r\n"]), size=st.integers(1, 30), quoted=st.booleans())
@example(table=[["two\nlines", '"', ""]], end="\n", size=1, quoted=True)
def test_rows_and_lines(table: list[list[str]], end: str, size: int, quoted: bool) -> None:
    text = written(table, end, csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL)
    with tempfile.TemporaryDirectory() as folder, patch.object(scan, "BLOCK", size):
        path = Path(folder) / "x.csv"
        path.write_bytes(text.encode())
        connection = duckdb.connect()
        source = open_source(path, connection, 10)
        rows = connection.execute(f"SELECT _row, c0, c1, c2 FROM {source.relation} ORDER BY _row").fetchall()
        expected = [[cell or None for cell in row] for row in table]
        if source.rows_are_lines:  # our own way turns \r\n within cells into \n, and leaves empty rows out
            expected = [row for row in expected if any(cell and cell.strip() for cell in row)]
            assert [list(row[1:]) for row in rows] == expected
        else:
            assert [list(row[1:]) for row in rows] == expected
            lines = source.lines(row[0] for row in rows)
            assert [lines[row[0]] for row in rows] == starts(text)
        source.close()


@settings(max_examples=60, deadline=None)
@given(table=TABLES, size=st.integers(1, 30))
def test_lines_by_blocks_of_any_size(table: list[list[str]], size: int) -> None:
    text = written(table, "\n", csv.QUOTE_ALL)
    with tempfile.TemporaryDirectory() as folder, patch.object(scan, "BLOCK", size):
        path = Path(folder) / "x.csv"
        path.write_text(text, encoding="utf-8")
        assert record_lines(path, list(range(1, len(table) + 1))) == starts(text)
        assert [line for line, _ in records(io.StringIO(text), ",", 3)][1:] == [
            line for line, row in zip(starts(text), table, strict=True) if any(cell.strip() for cell in row)
        ]


def test_a_whole_file_is_plain_or_not(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    for text, plain in [
        ("a,b\n1,2\n", True),
        ("a,b\n1,2", True),
        ('a,b\n1,"x\ny"\n', True),
        ('a,b\n1,"say ""hi"""\n', True),
        ("a,b\r\n1,2\r\n", True),
        ("a,b\n1,2\r\n", False),
        ("a,b\r1,2\r", False),
        ('a,b\n1,5" disk\n', False),
        ('a,b\n1,"open\n', False),
        ("a,b\n\n1,2\n", False),
        ("a,b\n1,\x002\n", False),
    ]:
        path.write_bytes(text.encode())
        for size in (1, 2, 3, 100):
            with patch.object(scan, "BLOCK", size):
                assert scan.scan(path).plain is plain, (text, size)


def test_separators_are_told_by_the_first_lines() -> None:
    assert separator("a;b;c\n1,5;2;3\n") == ";"
    assert separator("a\tb\n1,5\t2\n") == "\t"
    assert separator("a|b\n1|2\n") == "|"
    assert separator("a\n1\n") == ","
    assert separator('a,b\n"x;y;z",2\n') == ","

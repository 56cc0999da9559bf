"""`read_columns`: a file's cells as they are."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from goodwill.errors import GoodwillWarning, InputError
from goodwill.listen import read_columns


def test_cells_as_they_are_in_the_order_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "texts.csv"
    path.write_text('n,text,text\n2," b ",x\n1,"a\nc",\n')
    assert read_columns(path).to_pydict() == {"n": ["2", "1"], "text": [" b ", "a\nc"], "text (2)": ["x", None]}


def test_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "texts.jsonl"
    path.write_text('{"text": "a", "n": 1}\nno\n{"text": null, "tags": ["x"]}\n')
    with pytest.warns(GoodwillWarning, match=r"texts.jsonl, line 2: this line is no JSON object"):
        found = read_columns(path)
    assert found.to_pydict() == {"text": ["a", None], "n": ["1", None], "tags": [None, '["x"]']}


def test_parquet(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": ["a", None], "n": [1.5, 2.0]}), tmp_path / "t.parquet")
    assert read_columns(tmp_path / "t.parquet").to_pydict() == {"text": ["a", None], "n": ["1.5", "2.0"]}


def test_lines_that_are_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "texts.csv"
    path.write_text("text,n\na,1\n" + "b,2,3\n" * 7)
    with pytest.warns(GoodwillWarning, match=r"line 3: 3 cells where the header names 2(.|\n)*and 2 more"):
        assert read_columns(path).num_rows == 1


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file; check the path"):
        read_columns(tmp_path / "no.csv")

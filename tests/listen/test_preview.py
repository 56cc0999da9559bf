"""`preview`: one file, as it would be stored, with nothing stored."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from goodwill.errors import InputError
from goodwill.firm import Firm
from goodwill.listen import preview


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table_by_its_name(tmp_path: Path) -> None:
    seen = preview(write(tmp_path, "messages.csv", "id,date,text,from\n1,2026-01-01,hi,ann\n2,soon,ho,bob\n"))
    assert (seen.file, seen.table, seen.how, seen.sure, seen.rows) == ("messages.csv", "messages", "its name", 1.0, 2)
    assert seen.sample["author"].to_pylist() == ["ann"]
    assert [str(reject) for reject in seen.rejects] == [
        "messages.csv, line 3, date: 'soon' is no time; write it as 2026-12-31 or 2026-12-31T14:30:00+01:00"
    ]
    assert [(mapped.column, mapped.field) for mapped in seen.mapping] == [
        ("id", "message_id"),
        ("date", "at"),
        ("text", "text"),
        ("from", "author"),
    ]


@pytest.mark.parametrize(
    ("header", "row", "table"),
    [
        ("order id,customer,order date,total", "1,ann,2026-01-01,5", "purchases"),
        ("tweet id,created at,full text,username,followers", "1,2026-01-01,hi,ann,6", "messages"),
        ("response id,survey,date,score,comment", "1,nps,2026-01-01,9,good", "responses"),
        ("customer id,name,email,country", "ann,Ann,a@b.c,GB", "people"),
        ("referrer id,friend id,date", "ann,bob,2026-01-01", "referrals"),
        ("customer id,organisation,role,say", "ann,acme,buyer,.5", "roles"),
        ("date,campaign,kind,spent", "2026-01-01,Fair,push,500", "outlays"),
    ],
)
def test_a_table_by_its_columns(tmp_path: Path, header: str, row: str, table: str) -> None:
    seen = preview(write(tmp_path, "export.csv", f"{header}\n{row}\n"))
    assert (seen.table, seen.how) == (table, "its columns")
    assert 0.3 < seen.sure <= 1 and seen.sample.num_rows == 1


def test_a_dialect(tmp_path: Path) -> None:
    text = "id,Created date (UTC),Amount,Amount Refunded,Currency,Status,Customer Email\n"
    seen = preview(write(tmp_path, "x.csv", text + "ch_1,2026-01-02,5.00,0.00,eur,Paid,a@b.c\n"))
    assert (seen.table, seen.how) == ("purchases", "Stripe payments export")
    assert sorted(seen.tables) == ["handles", "purchases"]


def test_only_the_first_rows_are_shown(tmp_path: Path) -> None:
    text = "purchase_id,customer_id,at,amount\n" + "".join(f"{n},ann,2026-01-01,{n}\n" for n in range(25_000))
    seen = preview(write(tmp_path, "purchases.csv", text), rows=7)
    assert seen.rows == 20_000
    assert seen.sample["purchase_id"].to_pylist() == [str(n) for n in range(7)]


def test_the_firm_beside_the_file(tmp_path: Path) -> None:
    write(tmp_path, "goodwill.toml", "[rates]\nUSD = 0.5\n")
    path = write(tmp_path, "purchases.csv", "purchase_id,customer_id,at,amount,currency\n1,a,2026-01-01,10,USD\n")
    assert preview(path).sample["amount"].to_pylist() == [Decimal(5)]
    assert preview(path, Firm()).rejects[0].column == "currency"


def test_nothing_that_goodwill_knows(tmp_path: Path) -> None:
    path = write(tmp_path, "stock.csv", "article,left\na,1\n")
    with pytest.raises(InputError) as told:
        preview(path)
    assert str(told.value) == (
        "stock.csv: looks like no table that goodwill knows (columns: 'article', 'left'); name it purchases.csv,"
        " messages.csv, ... and map its columns in goodwill.toml, [columns.purchases]"
    )


def test_files_that_cannot_be_looked_at(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing.csv: no such file; check the path"):
        preview(tmp_path / "nothing.csv")
    with pytest.raises(InputError, match="this is a folder, not a file; name a file in it"):
        preview(tmp_path)
    with pytest.raises(InputError, match=r"goodwill does not read files that end in '.docx'; save it as .csv"):
        preview(write(tmp_path, "a.docx", "x"))

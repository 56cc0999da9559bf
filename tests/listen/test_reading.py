"""Files to facts: formats, columns, times, money, handles; the same input gives the same output."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from goodwill.facts import TABLES
from goodwill.listen import read_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from goodwill.lake import Facts

    Read = Callable[..., Facts]

GOOD = "purchase_id,customer_id,at,amount\n1,ann,2026-01-31,10\n"


def rows(facts: Facts, table: str) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if value is not None} for row in facts.arrow(table).to_pylist()]


def mapping(facts: Facts) -> dict[str, str]:
    return {mapped.column: mapped.field for mapped in facts.mapping}


def test_every_table_has_its_schema_exactly(read: Read) -> None:
    facts = read(purchases=GOOD)
    for name, table in TABLES.items():
        found = facts.lake.arrow(facts.tables[name]).schema
        assert found.names == list(table.names)
        assert found.types == table.arrow.types


FILES = {
    "people": "customer_id,kind,name,joined_at,language,country\nann,person,Ann,2025-01-01,en,GB\n",
    "handles": "customer_id,kind,value,channel,source,confidence,verified\nann,account,@ann,twitter,crm,0.9,true\n",
    "roles": "customer_id,organisation_id,role,say,entered_by,entered_at\nann,acme,adviser,0.4,bea,2026-01-01\n",
    "messages": "message_id,at,source,channel,author,customer_id,text,language,audience,engagements,in_reply_to,thread,"
    "rating,place,url,about,to_us,accepted,helpful_votes\n"
    "x:1,2026-01-01T10:00:00Z,x,twitter,@ann,ann,Hello,en,6000,3,x:0,t1,4.5,Bern,http://x,us,false,true,2\n",
    "responses": "response_id,survey,customer_id,at,score,comment,touchpoint,staff,reason\n"
    "1,nps,ann,2026-01-01,9,good,case,bea,recommended\n",
    "referrals": "referral_id,referrer_id,referred_id,at,converted_at,would_have_come,reward_cost\n"
    "1,ann,bob,2026-01-01,2026-01-02,0.2,5.00\n",
    "actions": "action_id,message_id,customer_id,at,staff,kind,minutes,cost,channel,cause_id\n"
    "1,x:1,ann,2026-01-01,bea,reply,4.5,2.50,twitter,fee\n",
    "outlays": "outlay_id,at,activity,kind,amount,segment\n1,2026-01-01,Ads,push,500,all\n",
    "contributions": "contribution_id,customer_id,at,kind,text,state,value,value_low,value_high,idea\n"
    "1,ann,2026-01-01,idea,Ship faster,shipped,100,50,200,speed\n",
    "events": "event_id,customer_id,at,kind,ok,place,detail\n1,ann,2026-01-01,failure,false,app,download\n",
    "promises": "promise_id,kind,channel,within_hours,text,since\nfast,answer,email,24,We answer,2025-01-01\n",
    "causes": "cause_id,name,kind,owner,earns,topics,decide_by,since,until\n"
    'fee,Download fee,practice,bea,900,"[""fee"", ""download""]",2027-01-01,2025-01-01,\n',
    "terms": "customer_id,at,agreement,purposes,refused,signature\n"
    "ann,2026-01-01,SD-BASE,answer me|value me,quote me,x\n",
    "corrections": "table,key,field,value,by,at\nreadings,x:1,mood,negative,bea,2026-01-01\n",
}


def test_a_full_row_of_every_table_comes_through(read: Read) -> None:
    facts = read(purchases=GOOD, **FILES)
    assert not facts.rejects and not facts.notes
    for name, text in FILES.items():
        (row,) = rows(facts, name)
        filled = [cell for cell in text.splitlines()[1].split(",") if cell]
        assert len(row) >= len(TABLES[name].names) - (name == "causes") and filled
    assert rows(facts, "causes")[0]["topics"] == ["fee", "download"]
    assert rows(facts, "terms")[0]["purposes"] == ["answer me", "value me"]
    assert rows(facts, "messages")[0]["rating"] == 4.5
    assert rows(facts, "handles")[0]["value"] == "ann"


@pytest.mark.parametrize("ending", ["csv", "csv_gz", "jsonl", "ndjson", "jsonl_gz", "parquet"])
def test_each_format_gives_the_same(read: Read, ending: str, tmp_path: Path) -> None:
    at = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
    given = [
        {"message_id": "1", "at": at, "text": 'say "hi",\nthen go', "author": "ann", "audience": 5, "to_us": True},
        {"message_id": "2", "at": at, "text": "Grüße", "author": "bob", "audience": None, "to_us": False},
    ]
    kind = ending.split("_")[0]
    if kind == "parquet":
        pq.write_table(pa.Table.from_pylist(given), tmp_path / "messages.parquet")
        facts = read()
    else:
        import csv
        import io

        out = io.StringIO()
        if kind == "csv":
            writer = csv.DictWriter(out, list(given[0]))
            writer.writeheader()
            writer.writerows({**row, "at": row["at"].isoformat()} for row in given)  # type: ignore[attr-defined]
        else:
            for row in given:
                print(json.dumps({**row, "at": row["at"].isoformat()}), file=out)  # type: ignore[attr-defined]
        data = out.getvalue().encode()
        facts = read(**{f"messages__{ending}": gzip.compress(data) if ending.endswith("_gz") else data})
    assert not facts.rejects
    assert facts.arrow("messages").select(list(given[0])).to_pylist() == given


def test_parquet_types_are_taken_as_they_are(read: Read, tmp_path: Path) -> None:
    table = pa.table(
        {
            "order id": pa.array([1, 2], pa.int64()),
            "customer": pa.array([7.0, None], pa.float64()),
            "date": pa.array([datetime(2026, 1, 31, 10), datetime(2026, 1, 1)], pa.timestamp("us")),
            "total": pa.array([Decimal("9.95"), Decimal("-1.50")], pa.decimal128(10, 2)),
            "quantity": pa.array([1, 2], pa.int32()),
        }
    )
    pq.write_table(table, tmp_path / "purchases.parquet")
    facts = read('[firm]\ntimezone = "Europe/Zurich"\n')
    assert rows(facts, "purchases") == [
        {
            "purchase_id": "1",
            "customer_id": "7",
            "at": datetime(2026, 1, 31, 9, tzinfo=UTC),
            "amount": Decimal("9.95"),
            "currency": "EUR",
            "paid": Decimal("9.95"),
            "kind": "sale",
            "items": 1,
        },
        {
            "purchase_id": "2",
            "at": datetime(2025, 12, 31, 23, tzinfo=UTC),
            "amount": Decimal("-1.50"),
            "currency": "EUR",
            "paid": Decimal("-1.50"),
            "kind": "return",
            "items": 2,
        },
    ]


def test_nested_json(read: Read) -> None:
    facts = read(
        messages__jsonl='{"id": 1, "created_at": "2026-01-01", "text": "hi", "user": {"screen_name": "ann",'
        ' "followers_count": 6000}}\n{"id": 2, "created_at": "2026-01-01", "text": "late key", "rating": 4}\n'
    )
    first, second = rows(facts, "messages")
    assert (first["author"], first["audience"]) == ("ann", 6000)
    assert second["rating"] == 4.0


# --- columns -------------------------------------------------------------------------------------------------------


def test_columns_by_their_common_names(read: Read) -> None:
    facts = read(
        purchases="Invoice No.;Kunden-ID;Invoice Date;Total Price (EUR);Qty;Colour\n1;ann;2026-01-31;9,50;2;red\n"
    )
    assert mapping(facts) == {
        "Invoice No.": "purchase_id",
        "Kunden-ID": "customer_id",
        "Invoice Date": "at",
        "Total Price (EUR)": "amount",
        "Qty": "items",
        "Colour": "",
    }
    assert rows(facts, "purchases")[0]["amount"] == Decimal("9.50")


def test_how_sure_a_mapping_is(read: Read) -> None:
    facts = read(purchases="purchase_id,customer number,date,total\n1,ann,2026-01-31,9\n")
    assert [(mapped.field, mapped.confidence, mapped.how) for mapped in facts.mapping] == [
        ("purchase_id", 1.0, "same name"),
        ("customer_id", 0.9, "common name"),
        ("at", 0.6, "common name"),
        ("amount", 0.9, "common name"),
    ]


def test_the_surer_of_two_columns_wins(read: Read) -> None:
    facts = read(purchases="id,order id,customer_id,date,order date,total\n1,A1,ann,2020-01-01,2026-01-31,9\n")
    assert mapping(facts)["order id"] == "purchase_id" and mapping(facts)["id"] == ""
    assert mapping(facts)["order date"] == "at" and mapping(facts)["date"] == ""


@pytest.mark.parametrize("name", ["from", "username", "handle", "user", "screen_name", "Sender", "Reviewer"])
def test_authors_by_many_names(read: Read, name: str) -> None:
    facts = read(messages=f"id,date,text,{name}\n1,2026-01-01,hi,@ann\n")
    assert rows(facts, "messages")[0]["author"] == "@ann"


def test_a_column_twice_in_the_header(read: Read) -> None:
    facts = read(purchases="purchase_id,customer_id,at,amount,amount\n1,ann,2026-01-31,10,99\n")
    assert rows(facts, "purchases")[0]["amount"] == Decimal(10)
    assert mapping(facts)["amount (2)"] == ""


def test_names_in_two_columns(read: Read) -> None:
    facts = read(purchases=GOOD, people="customer_id,First Name,Last Name\nann,Ann,Lee\nbob,,Ray\n")
    assert [row["name"] for row in rows(facts, "people")] == ["Ann Lee", "Ray"]


def test_files_named_after_a_table_are_its_parts(read: Read) -> None:
    facts = read(**{"purchases-2025": GOOD, "Purchases 2026": GOOD.replace("1,ann", "2,bob"), "now": "rank\n1\n"})
    assert [row["purchase_id"] for row in rows(facts, "purchases")] == ["1", "2"]
    assert not facts.rejects


# --- times and money -----------------------------------------------------------------------------------------------


def at_of(facts: Facts) -> list[str]:
    return [f"{row['at']:%Y-%m-%d %H:%M}" for row in rows(facts, "purchases")]


def purchases_at(*times: str) -> str:
    return "purchase_id,customer_id,at,amount\n" + "".join(f"{n},ann,{at},1\n" for n, at in enumerate(times))


def test_days_before_months_by_their_values(read: Read) -> None:
    facts = read(purchases=purchases_at("05/04/2026", "31/01/2026"))
    assert at_of(facts) == ["2026-04-05 00:00", "2026-01-31 00:00"]
    assert facts.mapping[2].how == "same name; day before month, by its values"


def test_months_before_days_by_their_values(read: Read) -> None:
    facts = read(purchases=purchases_at("05/04/2026", "01/31/2026"))
    assert at_of(facts) == ["2026-05-04 00:00", "2026-01-31 00:00"]


def test_the_deciding_date_may_stand_far_down(read: Read) -> None:
    facts = read(purchases=purchases_at(*["05/04/2026"] * 6000, "01/31/2026"))
    assert at_of(facts)[0] == "2026-05-04 00:00"


def test_dates_that_could_be_either_are_noted(read: Read) -> None:
    facts = read(purchases=purchases_at("05/04/2026"))
    assert at_of(facts) == ["2026-04-05 00:00"]
    assert facts.notes == (
        "purchases.csv, at: every date could be day/month or month/day; read as day/month/year."
        " Write them as 2026-12-31 to be sure",
    )
    facts = read('[firm]\ncurrency = "USD"\n', purchases=purchases_at("05/04/2026"))
    assert at_of(facts) == ["2026-05-04 00:00"]


def test_naive_times_are_the_firms_and_headers_may_say_utc(read: Read) -> None:
    toml = '[firm]\ntimezone = "Europe/Zurich"\n'
    facts = read(toml, purchases=purchases_at("2026-01-15 12:00", "2026-05-15 12:00", "2026-05-15T12:00:00Z"))
    assert at_of(facts) == ["2026-01-15 11:00", "2026-05-15 10:00", "2026-05-15 12:00"]
    facts = read(toml, purchases=purchases_at("2026-01-15 12:00").replace("at,", "Date (UTC),"))
    assert at_of(facts) == ["2026-01-15 12:00"]


def test_currencies_are_converted_and_what_was_paid_is_kept(read: Read) -> None:
    text = (
        "purchase_id,customer_id,at,amount,currency\n1,a,2026-01-01,10,USD\n2,a,2026-01-01,10,\n3,a,2026-01-01,£10,\n"
    )
    facts = read("[rates]\nUSD = 0.905\nGBP = 1.2\n", purchases=text)
    assert [(row["amount"], row["paid"], row["currency"]) for row in rows(facts, "purchases")] == [
        (Decimal("9.05"), Decimal(10), "USD"),
        (Decimal(10), Decimal(10), "EUR"),
        (Decimal(12), Decimal(10), "GBP"),
    ]


def test_a_header_may_name_the_currency(read: Read) -> None:
    facts = read("[rates]\nUSD = 0.5\n", purchases=GOOD.replace("amount", "amount_usd"))
    assert rows(facts, "purchases")[0]["amount"] == Decimal(5)


def test_thousands_with_points(read: Read) -> None:
    text = "purchase_id,customer_id,at,amount\n" + "".join(f"{n},a,2026-01-01,{n}.500\n" for n in range(1, 6))
    facts = read(purchases=text)
    assert rows(facts, "purchases")[0]["amount"] == Decimal(1500)
    assert facts.notes == ("purchases.csv, amount: points were read as thousands (1.234 is 1234)",)


@pytest.mark.parametrize(
    ("header", "cells", "margins"),
    [
        ("margin", ("0.3", "0.25"), ("30.00", "12.50")),
        ("margin", ("30", "12.50"), ("30.00", "12.50")),
        ("margin_rate", ("0.3", "0.25"), ("30.00", "12.50")),
        ("Margin %", ("30", "25%"), ("30.00", "12.50")),
        ("gross_profit", ("0.3", "0.25"), ("0.30", "0.25")),
    ],
)
def test_margins_as_a_share_or_as_money(
    read: Read, header: str, cells: tuple[str, str], margins: tuple[str, str]
) -> None:
    facts = read(
        purchases=f"purchase_id,customer_id,at,amount,{header}\n1,a,2026-01-01,100,{cells[0]}\n2,a,2026-01-01,50,{cells[1]}\n"
    )
    assert [row["margin"] for row in rows(facts, "purchases")] == [Decimal(margin) for margin in margins]


def test_returns(read: Read) -> None:
    text = (
        "purchase_id,customer_id,at,amount,kind,margin\n1,a,2026-01-01,-5,sale,-1\n2,a,2026-01-01,5,Refund,1\n"
        "3,a,2026-01-01,0,,0\n4,a,2026-01-01,(7.00),,\n"
    )
    facts = read(purchases=text)
    assert [(row["amount"], row["paid"], row["kind"]) for row in rows(facts, "purchases")] == [
        (Decimal(-5), Decimal(-5), "return"),
        (Decimal(-5), Decimal(-5), "return"),
        (Decimal(0), Decimal(0), "sale"),
        (Decimal(-7), Decimal(-7), "return"),
    ]
    assert rows(facts, "purchases")[1]["margin"] == Decimal(-1)


def test_cancelled_invoices(read: Read) -> None:
    text = "InvoiceNo,CustomerID,date,amount\n536365,1,2026-01-01,5\n536366,1,2026-01-01,6\nC536367,1,2026-01-02,6\n"
    facts = read(purchases=text)
    assert [row["kind"] for row in rows(facts, "purchases")] == ["sale", "sale", "return"]
    assert rows(facts, "purchases")[2]["amount"] == Decimal(-6)


# --- ids and handles -----------------------------------------------------------------------------------------------


def test_ids_that_a_spreadsheet_turned_into_numbers(read: Read) -> None:
    facts = read(purchases="purchase_id,customer_id,at,amount\n1,17850.0,2026-01-01,1\n2,13047.0,2026-01-01,1\n")
    assert [row["customer_id"] for row in rows(facts, "purchases")] == ["17850", "13047"]


def test_ids_are_made_where_none_came(read: Read) -> None:
    text = "customer_id,at,amount\nann,2026-01-01,5\nann,2026-01-01,5\nann,2026-01-02,5\n"
    first, again = read(purchases=text), read(purchases=text)
    made = [row["purchase_id"] for row in rows(first, "purchases")]
    assert len(set(made)) == 3 and all(one.startswith("row:") for one in made)
    assert made == [row["purchase_id"] for row in rows(again, "purchases")]
    assert sum(one.endswith("-2") for one in made) == 1


def test_the_same_message_without_an_id_is_one(read: Read) -> None:
    facts = read(messages="at,text,author\n2026-01-01,hi,ann\n2026-01-01,hi,ann\n2026-01-01,hi,\n2026-01-01,hi,\n")
    assert len(rows(facts, "messages")) == 3


def test_columns_that_say_who_become_handles(read: Read) -> None:
    facts = read(
        people="customer_id,name,E-Mail,Phone,Twitter,account\nann,Ann,Ann@X.org,+41 79 1,@ann,annie\n",
        purchases="purchase_id,customer_id,email,at,amount\n1,ann,ann@shop.org,2026-01-01,5\n2,,Bob@x.org,2026-01-01,5\n",
        messages="message_id,at,text,author,author_email\n1,2026-01-01,hi,ann,ann@x.org\n",
    )
    assert [
        (row["customer_id"], row["kind"], row["value"], row.get("channel"), row["source"])
        for row in rows(facts, "handles")
    ] == [
        ("ann", "account", "ann", "twitter", "people.csv"),
        ("ann", "account", "annie", None, "people.csv"),
        ("ann", "email", "ann@shop.org", None, "purchases.csv"),
        ("ann", "email", "ann@x.org", None, "people.csv"),
        ("ann", "phone", "+41 79 1", None, "people.csv"),
        ("email:ann@x.org", "email", "ann@x.org", None, "messages.csv"),
        ("email:bob@x.org", "email", "bob@x.org", None, "purchases.csv"),
    ]
    assert [row["customer_id"] for row in rows(facts, "purchases")] == ["ann", "email:bob@x.org"]
    assert rows(facts, "messages")[0]["customer_id"] == "email:ann@x.org"


def test_people_without_an_id_are_their_email(read: Read) -> None:
    facts = read(purchases=GOOD, people="name,email\nAnn,Ann@X.org\n")
    assert rows(facts, "people") == [{"customer_id": "email:ann@x.org", "name": "Ann"}]


def test_customers_named_by_their_email(read: Read) -> None:
    facts = read(
        purchases="purchase_id,customer,at,amount\n1,Ann@X.org,2026-01-01,5\n",
        referrals="id,referrer email,friend email,date\n1,ann@x.org,bob@x.org,2026-01-01\n",
    )
    assert rows(facts, "purchases")[0]["customer_id"] == "email:ann@x.org"
    assert rows(facts, "referrals")[0]["referred_id"] == "email:bob@x.org"
    assert {(row["customer_id"], row["value"]) for row in rows(facts, "handles")} == {
        ("email:ann@x.org", "ann@x.org"),
        ("email:bob@x.org", "bob@x.org"),
    }


def test_kinds_and_channels_in_their_own_words(read: Read) -> None:
    facts = read(
        purchases=GOOD.replace("amount", "amount,channel").replace(",10", ",10,Online"),
        handles="customer_id,kind,value\nann,Twitter,@ann\nann,E-Mail,A@B.c\n",
        events="event_id,customer_id,at,kind\n1,ann,2026-01-01,Login\n",
    )
    assert rows(facts, "purchases")[0]["channel"] == "web"
    assert rows(facts, "events")[0]["kind"] == "sign-in"
    assert {(row["kind"], row["value"], row.get("channel")) for row in rows(facts, "handles")} == {
        ("account", "ann", "twitter"),
        ("email", "a@b.c", None),
    }


def test_progress_goes_up_to_one(tmp_path: Path) -> None:
    (tmp_path / "purchases.csv").write_text(GOOD)
    (tmp_path / "people.csv").write_text("customer_id\nann\n")
    seen: list[tuple[str, float]] = []
    read_folder(tmp_path, progress=lambda step, done: seen.append((step, done)))
    assert seen[0] == ("reading people.csv", 0.0) and seen[-1] == ("reading", 1.0)
    assert [done for _, done in seen] == sorted(done for _, done in seen)


def test_the_same_folder_gives_the_same_facts(read: Read) -> None:
    text = "customer_id,email,at,amount\n" + "".join(
        f",p{n % 50}@x.org,2026-01-{n % 28 + 1},{n % 7}\n" for n in range(5000)
    )
    first, again = read(purchases=text), read(purchases=text)
    for name in TABLES:
        assert first.arrow(name).equals(again.arrow(name))
    assert first.rejects == again.rejects and first.notes == again.notes and first.mapping == again.mapping


def test_nothing_is_left_behind(read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import tempfile

    spare = tmp_path / "spare"
    spare.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(spare))
    read(purchases=GOOD.encode("utf-16"))
    assert list(spare.iterdir()) == []


# --- who bought ----------------------------------------------------------------------------------------------------


def test_a_bare_id_that_comes_again_is_the_customers(read: Read) -> None:
    facts = read(purchases="Id,Date,Price\n" + "".join(f"{n % 5},2026-01-{n + 1:02},9\n" for n in range(20)))
    assert {row["customer_id"] for row in rows(facts, "purchases")} == {"0", "1", "2", "3", "4"}
    assert facts.mapping[0].how == "by its values: they come again"


def test_a_bare_id_that_comes_once_is_the_purchases(read: Read) -> None:
    facts = read(purchases="Id,Date,Price\n" + "".join(f"{n},2026-01-{n + 1:02},9\n" for n in range(20)))
    assert len(rows(facts, "purchases")) == 20
    assert facts.notes == (
        "purchases: 20 rows without a customer; kept, and nobody's",
        "purchases.csv: no column was taken for the customer; name it in goodwill.toml: [columns.purchases]"
        ' customer_id = "the column\'s name"',
    )


def test_a_handle_in_its_own_file_and_beside_a_person_is_one(read: Read) -> None:
    facts = read(
        purchases=GOOD,
        people="customer_id,email\nann,Ann@x.org\n",
        handles="customer_id,kind,value,confidence\nann,email,ann@x.org,0.9\n",
    )
    assert not facts.rejects and not facts.notes
    assert rows(facts, "handles") == [{"customer_id": "ann", "kind": "email", "value": "ann@x.org", "confidence": 0.9}]


def test_what_a_file_of_handles_says_goes_before_what_stands_elsewhere(read: Read) -> None:
    facts = read(
        purchases=GOOD,
        contributions="contribution_id,customer_id,at,kind,email\n1,ann,2026-01-01,idea,ann@x.org\n",
        handles="customer_id,kind,value,confidence\nann,email,ann@x.org,0.9\n",
    )
    assert rows(facts, "handles")[0]["confidence"] == 0.9


def test_the_lake_holds_the_tables_of_facts_and_nothing_else(read: Read) -> None:
    facts = read(**{"purchases-1": GOOD, "purchases-2": GOOD, "people": "customer_id,email\nann,a@b.c\n"})
    names = facts.lake.connection.con.execute("SELECT table_name FROM duckdb_tables()").fetchall()
    assert sorted(name for (name,) in names) == sorted(TABLES)

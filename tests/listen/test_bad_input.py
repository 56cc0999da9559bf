"""Each bad input has one clear line: file, physical line, column, reason, mend; the rest goes on."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from goodwill.errors import InputError, SettingsError
from goodwill.listen import read_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from goodwill.lake import Facts

    Read = Callable[..., Facts]

HEADER = "purchase_id,customer_id,at,amount,currency,kind\n"
GOOD = HEADER + "1,ann,2026-01-31,10,EUR,sale\n"


def lines(facts: Facts) -> list[str]:
    return [str(reject) for reject in facts.rejects]


def ids(facts: Facts, table: str = "purchases") -> list[str]:
    return facts.arrow(table).column(0).to_pylist()  # type: ignore[no-any-return]


# --- folders and files ---------------------------------------------------------------------------------------------


def test_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere: no such folder; check the path"):
        read_folder(tmp_path / "nowhere")


def test_a_file_where_a_folder_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "purchases.csv").write_text(GOOD)
    with pytest.raises(InputError, match=r"purchases.csv: this is a file, not a folder; `goodwill try FILE`"):
        read_folder(tmp_path / "purchases.csv")


def test_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "notes.docx").write_text("x")
    with pytest.raises(
        InputError, match=r"no file that can be read \(found notes.docx\); put purchases.csv or messages"
    ):
        read_folder(tmp_path)


def test_an_empty_file_is_named_and_the_rest_goes_on(read: Read) -> None:
    facts = read(purchases=GOOD, messages="")
    assert lines(facts) == ["messages.csv: the file is empty; export it again, or take it out of the folder"]
    assert ids(facts) == ["1"]


def test_only_an_empty_file(read: Read) -> None:
    with pytest.raises(
        InputError, match=r"neither a purchase nor a message could be read \(first: purchases.csv: the file is empty"
    ):
        read(purchases="\n\n")


def test_a_header_without_rows(read: Read) -> None:
    facts = read(purchases=GOOD, messages="message_id,at,text\n")
    assert facts.notes == ("messages.csv has a header and no row for messages",)


def test_people_alone_are_not_enough(read: Read) -> None:
    with pytest.raises(InputError, match=r"neither a purchase nor a message could be read; bring purchases.csv"):
        read(people="customer_id,name\nann,Ann\n")


def test_a_workbook_that_calls_itself_csv(read: Read) -> None:
    facts = read(purchases=GOOD, messages=b"PK\x03\x04" + bytes(range(256)))
    assert lines(facts) == [
        "messages.csv: this is an Excel workbook or a zip archive, not text; save it as CSV (UTF-8)"
    ]


def test_no_text_at_all(read: Read) -> None:
    facts = read(purchases=GOOD, messages=bytes(range(1, 32)) * 40)
    assert lines(facts) == ["messages.csv: this is not text; save it as CSV (UTF-8), JSON Lines or Parquet"]


def test_no_parquet(read: Read) -> None:
    facts = read(purchases=GOOD, messages__parquet=b"PAR1 or not")
    (told,) = lines(facts)
    assert told.startswith("messages.parquet: cannot be read as Parquet (") and told.endswith("); write it again")


def test_a_broken_archive(read: Read) -> None:
    facts = read(purchases=GOOD, messages__csv_gz=gzip.compress(b"message_id,at,text\n" * 99)[:-9])
    (told,) = lines(facts)
    assert told.startswith("messages.csv.gz: cannot be unpacked (")
    assert told.endswith("pack it again, or unpack it first")


def test_a_file_that_is_none_of_our_tables(read: Read) -> None:
    facts = read(purchases=GOOD, stock="article,left\na,1\n")
    assert lines(facts) == [
        "stock.csv: left aside: neither its name nor its header tells which table it is; name it after one of people,"
        " handles, roles, purchases, messages, responses, referrals, actions, outlays, contributions, events, promises,"
        " causes, terms, corrections"
    ]


def test_a_required_column_is_missing(read: Read) -> None:
    facts = read(purchases=GOOD, messages="message_id,when,said\n1,2026-01-01,hi\n")
    assert lines(facts) == [
        "messages.csv: no column for messages.at among 'message_id', 'when', 'said'; name it in goodwill.toml:"
        ' [columns.messages] at = "the column\'s name"'
    ]


def test_goodwill_toml_maps_what_guessing_misses(read: Read) -> None:
    facts = read(
        '[columns.messages]\nat = "when"\ntext = "said"\n', messages="message_id,when,said,mood\n1,2026-01-01,hi,ok\n"
    )
    assert facts.arrow("messages")["text"].to_pylist() == ["hi"]
    mapping = {mapped.column: (mapped.field, mapped.how) for mapped in facts.mapping}
    assert mapping["said"] == ("text", "goodwill.toml")
    assert mapping["mood"] == ("", "left aside")


def test_goodwill_toml_maps_a_field_that_is_none(read: Read) -> None:
    facts_or_error = pytest.raises(InputError, match=r"purchases has no column 'sum'; it has purchase_id, customer_id")
    with facts_or_error:
        read('[columns.purchases]\nsum = "amount"\n', purchases=GOOD)


def test_a_broken_goodwill_toml(read: Read) -> None:
    with pytest.raises(SettingsError, match=r"goodwill.toml: not readable as TOML"):
        read("[firm", purchases=GOOD)


# --- lines ---------------------------------------------------------------------------------------------------------


def test_physical_lines_count_quoted_newlines_and_blank_lines(read: Read) -> None:
    text = 'message_id,at,text\n1,2026-01-01,"one\ntwo\nthree"\n2,soon,x\n\n3,2026-01-01,"a\n\nb"\n4,soon,x\n'
    assert [(reject.line, reject.column) for reject in read(messages=text).rejects] == [(5, "at"), (10, "at")]


def test_physical_lines_without_a_blank_line(read: Read) -> None:
    """The quick way, in which DuckDB reads the file itself."""
    text = 'message_id,at,text\r\n1,2026-01-01,"one\r\ntwo"\r\n2,soon,x\r\n3,2026-01-01,y\r\n4,soon,"x\r\n"\r\n'
    assert [reject.line for reject in read(messages=text).rejects] == [4, 6]


def test_too_few_and_too_many_cells(read: Read) -> None:
    facts = read(purchases=GOOD + "2,bob\n3,bob,2026-01-01,5,EUR,sale,x,y\n4,bob,2026-01-01,5,EUR,sale,,\n")
    mend = "quote cells that hold a separator, and keep empty cells as empty"
    assert lines(facts) == [
        f"purchases.csv, line 3: 2 cells where the header names 6; {mend}",
        f"purchases.csv, line 4: 8 cells where the header names 6; {mend}",
    ]
    assert ids(facts) == ["1", "4"]


def test_a_quote_that_never_closes_costs_one_line(read: Read) -> None:
    text = 'message_id,at,text\n1,2026-01-01,"never closed\n' + "".join(
        f"{n},2026-01-01,t{n}\n" for n in range(2, 9000)
    )
    facts = read(messages=text)
    assert lines(facts) == [
        "messages.csv, line 2: a quote is opened and never closed; close it, or write a quote within a quoted value"
        " twice"
    ]
    assert facts.arrow("messages").num_rows == 8998


def test_a_quote_within_a_value(read: Read) -> None:
    facts = read(messages='message_id,at,text\n1,2026-01-01,5" disk\n2,2026-01-01,"a" b\n3,2026-01-01,"say ""hi"""\n')
    assert lines(facts) == [
        "messages.csv, line 3: a quote closes in the middle of a value; write a quote within a quoted value twice"
    ]
    assert facts.arrow("messages")["text"].to_pylist() == ['5" disk', 'say "hi"']


def test_a_line_of_json_that_is_none(read: Read) -> None:
    facts = read(messages__jsonl='{"message_id":"1","at":"2026-01-01","text":"a"}\n\nnope\n[1]\n')
    mend = 'this line is no JSON object; write one {"name": value} a line'
    assert lines(facts) == [f"messages.jsonl, line 3: {mend}", f"messages.jsonl, line 4: {mend}"]


def test_many_rejects_are_counted_but_not_all_kept(read: Read) -> None:
    facts = read(purchases=GOOD + "".join(f"{n},ann,soon,1,EUR,sale\n" for n in range(2, 2502)))
    assert len(facts.rejects) == 1001
    assert str(facts.rejects[-1]) == "purchases.csv: and 1,500 more rows that could not be read in full"


# --- encodings -----------------------------------------------------------------------------------------------------

ACCENTS = "message_id,at,text\n1,2026-01-01,Größe “fein” 5 €\n"


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("cp1252", "Windows-1252 (Latin-1)"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16-LE"),
        ("utf-16-be", "UTF-16-BE"),
    ],
)
def test_another_encoding_is_read_and_said(read: Read, encoding: str, told: str) -> None:
    facts = read(messages=ACCENTS.encode(encoding))
    assert facts.arrow("messages")["text"].to_pylist() == ["Größe “fein” 5 €"]
    assert facts.notes[0] == (
        f"messages.csv is not UTF-8; it was read as {told}. If letters look wrong, save it as UTF-8"
    )


def test_a_byte_order_mark_is_no_letter(read: Read) -> None:
    facts = read(messages=ACCENTS.encode("utf-8-sig"))
    assert ids(facts, "messages") == ["1"] and not facts.rejects


def test_a_line_in_another_encoding_among_utf8(read: Read) -> None:
    data = ACCENTS.encode() + "2,2026-01-01,é\n".encode("latin-1") + "3,2026-01-01,äöü ÄÖÜ\n".encode()
    facts = read(messages=data)
    assert lines(facts) == ["messages.csv, line 3: holds bytes that are not UTF-8; save the file as UTF-8"]
    assert ids(facts, "messages") == ["1", "3"]


@pytest.mark.parametrize("delimiter", [";", "\t", "|", ","])
def test_separators(read: Read, delimiter: str) -> None:
    facts = read(purchases=GOOD.replace(",", delimiter))
    assert ids(facts) == ["1"]


def test_a_separator_too_many_at_the_end_of_each_line(read: Read) -> None:
    facts = read(purchases=HEADER + "1,ann,2026-01-31,10,EUR,sale,\n2,ann,2026-01-31,10,EUR,sale,\n")
    assert ids(facts) == ["1", "2"] and not facts.rejects


# --- cells ---------------------------------------------------------------------------------------------------------

TIME = "write it as 2026-12-31 or 2026-12-31T14:30:00+01:00"


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("2,bob,soon,1,EUR,sale", f"at: 'soon' is no time; {TIME}"),
        ("2,bob,,1,EUR,sale", "at: at is empty; fill it in, or take the row out (when it was bought)"),
        (
            "2,bob,2090-01-01,1,EUR,sale",
            "at: '2090-01-01' lies in the future; correct the date; a fact is something that has happened",
        ),
        ("2,bob,0201-01-01,1,EUR,sale", "at: '0201-01-01' lies too far back to be true; correct the date"),
        ("2,bob,2026-01-01,ten,EUR,sale", "amount: 'ten' is no amount of money; write it as 1234.50"),
        (
            "2,bob,2026-01-01,,EUR,sale",
            "amount: amount is empty; fill it in, or take the row out (what it came to; a return is below zero)",
        ),
        (
            "2,bob,2026-01-01,1,CHF,sale",
            "currency: no rate for CHF is known; add to goodwill.toml: [rates] CHF = (what 1 CHF is in your money)",
        ),
        (
            "2,bob,2026-01-01,1,shells,sale",
            "currency: 'SHELLS' is no ISO 4217 currency; write it as EUR, USD, GBP, ...",
        ),
    ],
)
def test_a_row_that_cannot_be_kept(read: Read, row: str, told: str) -> None:
    facts = read(purchases=GOOD + row + "\n")
    assert lines(facts) == [f"purchases.csv, line 3, {told}"]
    assert ids(facts) == ["1"]


def test_an_unknown_kind_is_emptied_and_the_sign_tells(read: Read) -> None:
    facts = read(purchases=GOOD + "2,bob,2026-01-01,-1,EUR,gift\n")
    assert lines(facts) == [
        "purchases.csv, line 3, kind: 'gift' is none of 'sale', 'return', 'subscription' (the rest of the row is kept);"
        " write one of them, or leave it empty"
    ]
    assert facts.arrow("purchases")["kind"].to_pylist() == ["sale", "return"]


@pytest.mark.parametrize(
    ("table", "text", "told"),
    [
        (
            "roles",
            "customer_id,organisation_id,role,say\nann,acme,buyer,1.4\n",
            "say: 1.4 is outside 0 to 1 (the rest of the row is kept); write a share of 1: 0.4 or 40% for two fifths,"
            " or leave it empty",
        ),
        (
            "roles",
            "customer_id,organisation_id,role,say\nann,acme,boss,.4\n",
            "role: 'boss' is none of 'buyer', 'adviser', 'user', 'holder'; write one of them",
        ),
        (
            "responses",
            "response_id,customer_id,at,score\n1,ann,2026-01-01,11\n",
            "score: 11 is outside 0 to 10 (the rest of the row is kept); write a number from 0 to 10,"
            " or leave it empty",
        ),
        (
            "responses",
            "response_id,customer_id,at,score\n1,ann,2026-01-01,9.5\n",
            "score: '9.5' is no whole number (the rest of the row is kept); write a whole number from 0 to 10,"
            " or leave it empty",
        ),
        (
            "messages",
            "message_id,at,text,author,rating\n1,2026-01-01,hi,ann,6\n",
            "rating: 6 is outside 1 to 5 (the rest of the row is kept); write a number from 1 to 5, or leave it empty",
        ),
        (
            "messages",
            "message_id,at,text,author,audience\n1,2026-01-01,hi,ann,many\n",
            "audience: 'many' is no whole number (the rest of the row is kept); write a whole number such as 12,"
            " or leave it empty",
        ),
        (
            "messages",
            "message_id,at,text,author,to_us\n1,2026-01-01,hi,ann,perhaps\n",
            "to_us: 'perhaps' is neither yes nor no (the rest of the row is kept); write true or false,"
            " or leave it empty",
        ),
        (
            "messages",
            "message_id,at,text,author\n1,2026-01-01, ,ann\n",
            "text: text is empty; fill it in, or take the row out (what was said)",
        ),
        (
            "handles",
            "customer_id,kind,value,confidence\nann,email,a@b.c,7\n",
            "confidence: 7 is outside 0 to 1; write a share of 1: 0.4 or 40% for two fifths, or leave it empty",
        ),
        (
            "people",
            "customer_id,name,email\nann,Ann,nonsense\n",
            "email: 'nonsense' is no e-mail address (the rest of the row is kept); correct it, or leave it empty",
        ),
        (
            "referrals",
            "referral_id,referrer_id,referred_id,at,would_have_come\n1,ann,bob,2026-01-01,1.2\n",
            "would_have_come: 1.2 is outside 0 to 1 (the rest of the row is kept); write a share of 1: 0.4 or 40% for"
            " two fifths, or leave it empty",
        ),
        (
            "referrals",
            "referral_id,referrer_id,referred_id,at\n1,ann,ann,2026-01-01\n",
            "referred_id: 'ann' is said to have brought themselves; name who brought them, or take the row out",
        ),
        (
            "promises",
            "promise_id,kind,within_hours\nfast,answer,-2\n",
            "within_hours: -2 is below 0 (the rest of the row is kept); write a number from 0 up, or leave it empty",
        ),
        (
            "outlays",
            "outlay_id,at,activity,kind,amount\n1,2026-01-01,Fair,party,5\n",
            "kind: 'party' is none of 'push', 'service', 'community', 'reward'; write one of them",
        ),
        (
            "outlays",
            "outlay_id,at,activity,kind,amount\n1,2026-01-01,Fair,push,$5\n",
            "amount: no rate for USD is known; add to goodwill.toml: [rates] USD = (what 1 USD is in your money)",
        ),
    ],
)
def test_a_cell_that_cannot_be_used(read: Read, table: str, text: str, told: str) -> None:
    facts = read(purchases=GOOD, **{table: text})
    assert lines(facts) == [f"{table}.csv, line 2, {told}"]
    assert ids(facts) == ["1"]


def test_several_things_wrong_in_one_row(read: Read) -> None:
    facts = read(purchases=GOOD + "2,bob,soon,ten,EUR,sale\n")
    assert [(reject.line, reject.column) for reject in facts.rejects] == [(3, "amount"), (3, "at")]


# --- rows beside one another ---------------------------------------------------------------------------------------


def test_an_id_twice_with_other_content(read: Read) -> None:
    facts = read(purchases=GOOD + "2,bob,2026-01-01,5,EUR,sale\n1,ann,2026-01-31,99,EUR,sale\n")
    assert lines(facts) == [
        "purchases.csv, line 4, purchase_id: purchase_id '1' is already on line 2 with other content; the first was"
        " kept; give each its own, or take one out"
    ]
    assert facts.arrow("purchases")["amount"].to_pylist() == [Decimal(10), Decimal(5)]


def test_an_id_twice_in_two_files(read: Read) -> None:
    facts = read(**{"purchases-1": GOOD, "purchases-2": GOOD.replace(",10,", ",11,")})
    assert lines(facts) == [
        "purchases-2.csv, line 2, purchase_id: purchase_id '1' is already on purchases-1.csv, line 2 with other"
        " content; the first was kept; give each its own, or take one out"
    ]


def test_the_same_row_twice_is_one(read: Read) -> None:
    facts = read(purchases=GOOD + "1,ann,2026-01-31,10,EUR,sale\n")
    assert not facts.rejects and ids(facts) == ["1"]
    assert facts.notes == ("purchases: 1 row too many, the same in every column; one of each was kept",)


def test_a_circle_of_referrals_is_kept_and_noted(read: Read) -> None:
    rows = (
        "referral_id,referrer_id,referred_id,at\n1,ann,bob,2026-01-01\n2,bob,cleo,2026-01-02\n3,cleo,ann,2026-01-03\n"
    )
    facts = read(purchases=GOOD, referrals=rows)
    assert ids(facts, "referrals") == ["1", "2", "3"]
    assert facts.notes == (
        "referrals go in a circle: ann → bob → cleo → ann; all are kept, and the books still balance, but somebody's"
        " dates or names are wrong",
    )


def test_a_role_without_a_say_is_kept_and_noted(read: Read) -> None:
    facts = read(purchases=GOOD, roles="customer_id,organisation_id,role,say\nann,acme,adviser,\n")
    assert facts.arrow("roles")["say"].to_pylist() == [None]
    assert facts.notes == (
        "roles.csv, line 2: ann's role at acme has no say; it counts nothing until somebody enters it",
    )


def test_a_purchase_before_its_customer_was_born(read: Read) -> None:
    facts = read(purchases=GOOD, people="customer_id,joined_at\nann,2026-02-15\n")
    assert ids(facts) == ["1"]
    assert facts.notes == (
        "purchases.csv, line 2: purchase 1 of 2026-01-31 is older than its customer (ann joined on 2026-02-15);"
        " it is kept, and ann counts from the purchase on",
    )


def test_more_than_five_odd_things_are_counted(read: Read) -> None:
    facts = read(
        purchases=GOOD, roles="customer_id,organisation_id,role\n" + "".join(f"c{n},o,user\n" for n in range(9))
    )
    assert len(facts.notes) == 6 and facts.notes[-1] == "and 4 more roles without a say"


def test_what_is_odd_but_kept(read: Read) -> None:
    facts = read(
        purchases=GOOD + "2,,2026-01-01,0,EUR,sale\n",
        messages="message_id,at,text\n1,2026-01-01,hi\n",
        responses="response_id,customer_id,at,comment\n1,ann,2026-01-01,fine\n",
    )
    assert facts.notes == (
        "purchases: 1 row with an amount of 0; kept, and bringing no money",
        "purchases: 1 row without a customer; kept, and nobody's",
        "messages: 1 row without an author; read, and nobody's",
        "responses: 1 row without a score; only the comments are read",
    )


def test_the_present_is_the_default_of_not_after(tmp_path: Path) -> None:
    (tmp_path / "purchases.csv").write_text(GOOD)
    with pytest.raises(InputError, match="'2026-01-31' lies in the future"):
        read_folder(tmp_path, not_after=datetime(2026, 1, 1, tzinfo=UTC))


def test_half_a_character_at_the_end_of_utf_16_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "purchases.csv").write_text(GOOD)
    (tmp_path / "actions.csv").write_bytes(b"\xff\xfe\x00\x01garbage")
    facts = read_folder(tmp_path)
    assert ids(facts) == ["1"]
    assert any(line.startswith("actions.csv: ") for line in lines(facts))

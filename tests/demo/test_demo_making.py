"""The invented firm: its files, their sizes, its determinism and what must hold between its records and its truth."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from goodwill.demo import AS_OF, load_truth, make, stories
from goodwill.errors import InputError
from goodwill.facts import TABLES
from goodwill.firm import Firm


def table(folder: Path, name: str) -> pa.Table:
    if (folder / f"{name}.parquet").exists():
        return pq.read_table(folder / f"{name}.parquet")
    options = pa_csv.ParseOptions(newlines_in_values=True)
    return pa_csv.read_csv(folder / f"{name}.csv", parse_options=options)


def strings(folder: Path, name: str, column: str) -> list[str]:
    return [value or None for value in table(folder, name)[column].cast("string").to_pylist()]


def digest(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("firm"), customers=2000, seed=1)


def test_identical_arguments_give_identical_bytes(tmp_path: Path) -> None:
    one, two = make(tmp_path / "one", customers=300, seed=4), make(tmp_path / "two", customers=300, seed=4)
    assert digest(one) == digest(two)


def test_another_seed_gives_another_firm(tmp_path: Path) -> None:
    one, two = make(tmp_path / "one", customers=300, seed=4), make(tmp_path / "two", customers=300, seed=5)
    assert digest(one)["purchases.csv"] != digest(two)["purchases.csv"]
    assert digest(one)["promises.csv"] == digest(two)["promises.csv"]


@pytest.mark.parametrize("customers", [0, 99, 1_000_001])
def test_a_size_outside_the_range_is_refused(tmp_path: Path, customers: int) -> None:
    with pytest.raises(InputError, match="ask for 100 to 1,000,000 customers"):
        make(tmp_path, customers=customers)


def test_all_fifteen_tables_are_there_with_columns_of_the_vocabulary(folder: Path) -> None:
    for name, schema in TABLES.items():
        extra = {"email"} if name in {"people", "purchases"} else set()
        columns = set(table(folder, name).column_names)
        assert columns - extra <= set(schema.names), name
        assert {column.name for column in schema if column.required} <= columns, name


def test_keys_are_unique_and_references_point_at_something(folder: Path) -> None:
    people = set(strings(folder, "people", "customer_id"))
    assert len(people) == 2000
    for name in ("purchases", "messages", "responses", "referrals", "actions", "contributions", "events", "outlays"):
        ids = strings(folder, name, TABLES[name].names[0])
        assert len(ids) == len(set(ids)), name
    for name, column in (("purchases", "customer_id"), ("handles", "customer_id"), ("referrals", "referred_id")):
        assert set(strings(folder, name, column)) - {None} <= people, name
    messages = set(strings(folder, "messages", "message_id"))
    assert set(strings(folder, "messages", "in_reply_to")) - {None} <= messages
    assert set(strings(folder, "actions", "message_id")) - {None} <= messages


def test_nothing_lies_after_the_present_and_the_latest_fact_is_the_present(folder: Path) -> None:
    latest = []
    for name in ("purchases", "messages", "responses", "referrals", "actions", "outlays", "contributions", "events"):
        latest.append(max(datetime.fromisoformat(str(at)) for at in strings(folder, name, "at")))
    assert max(at.replace(tzinfo=at.tzinfo or UTC) for at in latest) == AS_OF


def test_nobody_buys_before_they_joined_or_replies_before_the_message(folder: Path) -> None:
    people, bought = table(folder, "people"), table(folder, "purchases")
    joined = dict(zip(people["customer_id"].to_pylist(), people["joined_at"].to_pylist(), strict=True))
    pairs = zip(bought["customer_id"].to_pylist(), bought["at"].to_pylist(), strict=True)
    assert all(at >= joined[who] for who, at in pairs if who)
    said = table(folder, "messages")
    when = dict(zip(said["message_id"].to_pylist(), said["at"].to_pylist(), strict=True))
    for parent, at in zip(said["in_reply_to"].to_pylist(), said["at"].to_pylist(), strict=True):
        assert not parent or when[parent] <= at
    done = table(folder, "actions")
    for message, at in zip(done["message_id"].to_pylist(), done["at"].to_pylist(), strict=True):
        assert not message or when[message] <= at


def test_nobody_refers_themselves_and_the_referrer_was_there_first(folder: Path) -> None:
    rows = table(folder, "referrals")
    people = table(folder, "people")
    joined = dict(zip(people["customer_id"].to_pylist(), people["joined_at"].to_pylist(), strict=True))
    for row in rows.to_pylist():
        assert row["referrer_id"] != row["referred_id"]
        assert joined[row["referrer_id"]] < joined[row["referred_id"]]


def test_the_settings_file_is_read_without_a_word(folder: Path) -> None:
    firm = Firm.load(folder / "goodwill.toml")
    assert firm.name == "Hedgerow Computing"
    assert firm.rate("USD") == 0.92
    assert "Gareth" in firm.staff.names
    assert firm.assumptions.contact_share.by == "Bram, service desk"


def test_large_firms_get_parquet_and_leave_no_old_form_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, customers=200)
    assert (tmp_path / "purchases.csv").exists()
    monkeypatch.setattr("goodwill.demo.files.LARGE", 100)
    make(tmp_path, customers=200)
    assert not (tmp_path / "purchases.csv").exists()
    bought = pq.read_table(tmp_path / "purchases.parquet")
    assert bought.schema.field("amount").type == pa.decimal128(18, 2)
    assert bought.schema.field("at").type == pa.timestamp("us", tz="UTC")
    assert (tmp_path / "causes.csv").exists()


def test_csv_and_parquet_say_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = make(tmp_path / "csv", customers=150)
    monkeypatch.setattr("goodwill.demo.files.LARGE", 100)
    large = make(tmp_path / "parquet", customers=150)
    one, two = table(small, "purchases"), table(large, "purchases")
    assert one["purchase_id"].to_pylist() == two["purchase_id"].to_pylist()
    assert pc.sum(one["amount"]).as_py() == pytest.approx(float(pc.sum(two["amount"]).as_py()))
    assert digest(small / "truth") == digest(large / "truth")


# --- what is true -------------------------------------------------------------------------------------------------


def test_follows_are_the_four_parts_and_shares_stay_below_one(folder: Path) -> None:
    truth = load_truth(folder)
    people = truth.customers
    for ending in ("", "_realised"):
        parts = sum(people[name + ending].to_numpy() for name in ("spend", "referral", "influence", "knowledge"))
        assert np.allclose(parts, people["follows" + ending].to_numpy())
    total = truth.ties.group_by("customer_id").aggregate([("share", "sum")])["share_sum"].to_numpy()
    assert total.max() < 1
    assert pc.all(pc.not_equal(truth.ties["customer_id"], truth.ties["by_id"])).as_py()


def test_what_follows_solves_its_own_equation(folder: Path) -> None:
    truth = load_truth(folder)
    place = {name: row for row, name in enumerate(truth.customers["customer_id"].to_pylist())}
    follows = truth.customers["follows"].to_numpy()
    who = np.array([place[name] for name in truth.ties["customer_id"].to_pylist()])
    by = np.array([place[name] for name in truth.ties["by_id"].to_pylist()])
    swayed = np.array(truth.ties["kind"].to_pylist()) == "influence"
    flow = truth.ties["share"].to_numpy() * follows[who]
    assert np.allclose(np.bincount(by[swayed], flow[swayed], 2000), truth.customers["influence"].to_numpy())


def test_next_year_is_drawn_from_what_was_expected(folder: Path) -> None:
    people = load_truth(folder).customers
    # Leave the few giants out: one of them moves the sum by more than the rest together.
    ordinary = people["spend"].to_numpy() < 2000
    expected, happened = people["spend"].to_numpy()[ordinary], people["spend_realised"].to_numpy()[ordinary]
    assert happened.sum() == pytest.approx(expected.sum(), rel=0.06)
    gone = ~people["alive"].to_numpy(zero_copy_only=False)
    assert expected[gone[ordinary]].max() < 100
    assert 0.03 < gone.mean() < 0.25


def test_influence_is_heavy_tailed(folder: Path) -> None:
    influence = np.sort(load_truth(folder).customers["influence"].to_numpy())[::-1]
    assert 0.02 < (influence > 0).mean() < 0.15
    assert influence[:20].sum() > 0.35 * influence.sum()


def test_the_traces_of_true_ties_are_in_the_messages(folder: Path) -> None:
    """Nine ties in ten have a reply or an accepted answer between the two, or are the stories' own."""
    truth = load_truth(folder)
    said = table(folder, "messages")
    author = dict(zip(truth.messages["message_id"].to_pylist(), truth.messages["author_id"].to_pylist(), strict=True))
    pairs = set()
    for row in said.select(["message_id", "in_reply_to"]).to_pylist():
        one, other = author[row["message_id"]], author.get(row["in_reply_to"])
        pairs |= {(one, other), (other, one)}
    ties = truth.ties.filter(pc.equal(truth.ties["kind"], "influence"))
    seen = [pair in pairs for pair in zip(ties["customer_id"].to_pylist(), ties["by_id"].to_pylist(), strict=True)]
    assert np.mean(seen) > 0.9


def test_open_messages_have_no_action_and_something_to_gain(folder: Path) -> None:
    truth = load_truth(folder)
    waiting = truth.messages.filter(truth.messages["open"])
    assert 60 <= waiting.num_rows <= 150
    answered = set(strings(folder, "actions", "message_id"))
    assert not answered & set(waiting["message_id"].to_pylist())
    assert pc.min(waiting["gain"]).as_py() > 0
    assert pc.all(pc.greater_equal(waiting["leave_unanswered"], waiting["leave_answered"])).as_py()
    closed = truth.messages.filter(pc.invert(truth.messages["open"]))
    assert pc.max(closed["gain"]).as_py() == 0


def test_the_batteries_calm_down_after_the_advice(folder: Path) -> None:
    said = load_truth(folder).messages
    months = np.array([f"{at:%Y-%m}" for at in said["at"].to_pylist()])
    battery = np.array(said["cause"].to_pylist()) == "batteries"
    assert battery[months == "2026-03"].sum() > 3 * battery[months == "2026-06"].sum()
    assert battery[months < "2026-02"].sum() == 0


def test_the_download_fee_angers_until_it_is_dropped(folder: Path) -> None:
    said = load_truth(folder).messages
    at = np.array(said["at"].to_pylist())
    fee = np.array(said["cause"].to_pylist()) == "download-fee"
    in_force = (at >= datetime(2025, 3, 1, tzinfo=UTC)) & (at < datetime(2026, 8, 1, tzinfo=UTC))
    assert fee[in_force].sum() > 20
    assert fee[~in_force].sum() <= 6
    row = next(row for row in table(folder, "causes").to_pylist() if row["cause_id"] == "download-fee")
    assert row["until"] is not None
    assert float(row["earns"]) < 1000


# --- the stories --------------------------------------------------------------------------------------------------


def test_dana_is_one_person_across_order_chat_and_post(folder: Path) -> None:
    said = {row["message_id"]: row for row in table(folder, "messages").to_pylist()}
    assert said[stories.DANA_TWEET]["audience"] == 6214
    handles = {row["value"]: row["customer_id"] for row in table(folder, "handles").to_pylist()}
    assert handles[said[stories.DANA_TWEET]["author"]] == stories.DANA
    emails = {row["email"]: row["customer_id"] for row in table(folder, "people").to_pylist()}
    assert emails[said[stories.DANA_CHAT]["author"]] == stories.DANA
    failed = [row for row in table(folder, "events").to_pylist() if row["event_id"] == "ev-dana-1"]
    assert failed[0]["kind"] == "failure"
    order = next(row for row in table(folder, "purchases").to_pylist() if row["purchase_id"] == "HC-DANA-3")
    assert (order["amount"], order["currency"]) == (24.95, "USD")
    role = next(row for row in table(folder, "roles").to_pylist() if row["customer_id"] == stories.DANA)
    assert (role["organisation_id"], role["role"], role["say"]) == (stories.ALDERMOOR, "adviser", 0.3)


def test_danas_messages_are_worth_most_through_the_account_she_advises(folder: Path) -> None:
    said = load_truth(folder).messages.to_pylist()
    dana = next(row for row in said if row["message_id"] == stories.DANA_TWEET)
    assert dana["open"]
    assert dana["gain_account"] > 10 * dana["gain_own"]
    assert dana["gain"] >= sorted(row["gain"] for row in said)[-3]


def test_tom_thanks_on_three_channels_and_names_gareth(folder: Path) -> None:
    said = {row["message_id"]: row for row in table(folder, "messages").to_pylist()}
    thanks = [said[name] for name in stories.TOM_THANKS]
    assert [row["channel"] for row in thanks] == ["email", "twitter", "facebook", "blog"]
    assert all("Gareth" in row["text"] for row in thanks)


def test_much_more_follows_from_the_owner_than_from_the_median_customer(folder: Path) -> None:
    people = load_truth(folder).customers
    follows = dict(zip(people["customer_id"].to_pylist(), people["follows"].to_pylist(), strict=True))
    assert follows[stories.OWNER] > 10 * np.median(people["follows"].to_numpy())
    brought = [row for row in table(folder, "referrals").to_pylist() if row["referrer_id"] == stories.OWNER]
    assert {row["referred_id"] for row in brought} >= set(stories.FRIENDS)


def test_the_same_trouble_comes_from_one_with_and_one_without_an_audience(folder: Path) -> None:
    said = {row["message_id"]: row for row in table(folder, "messages").to_pylist()}
    assert said[stories.LOUD_TROUBLE]["audience"] == 48_000
    assert said[stories.QUIET_TROUBLE]["audience"] is None


@pytest.mark.slow
def test_sizes_in_proportion_and_in_time(tmp_path: Path) -> None:
    make(tmp_path, customers=30_000, seed=2)
    said = table(tmp_path, "messages")
    assert 1.0 < said.num_rows / 30_000 < 2.0
    assert table(tmp_path, "people").num_rows == 30_000
    waiting = pc.sum(load_truth(tmp_path).messages["open"]).as_py()
    assert 600 <= waiting <= 1200
    ordered = said["text"].to_pylist()[:10_000]
    assert len(set(ordered)) > 9_200

"""The scripts in examples/ turn the real sets into folders that goodwill reads without a single reject."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from goodwill.listen import read_folder

if TYPE_CHECKING:
    import pyarrow as pa

    from goodwill.lake import Facts

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples"
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.py"))


def run(name: str, source: Path, out: Path) -> tuple[Facts, str]:
    """Runs a script as a reader would, then reads what it wrote."""
    command = [sys.executable, str(EXAMPLES / f"{name}.py"), str(source), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, encoding="utf-8")
    return read_folder(out), done.stdout


def total(purchases: pa.Table) -> Decimal:
    return pc.sum(purchases["amount"]).as_py()  # type: ignore[no-any-return]


def test_the_examples_are_those_that_are_tested() -> None:
    assert NAMES == ["cdnow", "complete_journey", "online_retail", "tweets"]


@pytest.mark.parametrize("name", NAMES)
def test_without_arguments_a_script_says_what_it_wants(name: str) -> None:
    done = subprocess.run([sys.executable, str(EXAMPLES / f"{name}.py")], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and f"python examples/{name}.py DATA/" in done.stderr


def test_online_retail(data_dir: Path, tmp_path: Path) -> None:
    facts, said = run("online_retail", data_dir / "clv", tmp_path)
    assert said.startswith("4,372 customers; next: goodwill run ")
    assert not facts.rejects
    purchases = facts.arrow("purchases")
    assert purchases.num_rows == 22_190
    assert pc.count_distinct(purchases["customer_id"]).as_py() == 4_372
    returns = purchases.filter(pc.equal(purchases["kind"], "return"))
    assert returns.num_rows == 3_654 and pc.max(returns["amount"]).as_py() < 0
    assert total(purchases) == Decimal("8300065.81")
    assert facts.arrow("people").num_rows == 4_372
    # 08:26 in London in winter, which is UTC; the last invoice too
    assert f"{pc.min(purchases['at']).as_py():%Y-%m-%d %H:%M}" == "2010-12-01 08:26"


def test_the_main_job_on_online_retail(data_dir: Path, tmp_path: Path) -> None:
    """Files in, everything out, by the command itself; the books balance to the cent and nothing is NaN."""
    run("online_retail", data_dir / "clv", tmp_path)
    command = [str(Path(sys.executable).with_name("goodwill")), "run", str(tmp_path), "--out", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, encoding="utf-8")
    assert "the books balance" in done.stdout
    worth, ledger = (pq.read_table(tmp_path / "out" / f"{name}.parquet") for name in ("worth", "ledger"))
    assert worth.num_rows == 4_372
    assert pc.sum(worth["worth"]).as_py() == pc.sum(worth["generated"]).as_py() > 0
    assert pc.sum(ledger["amount"]).as_py() == 0
    lines = ledger.group_by("customer_id").aggregate([("amount", "sum")])
    statement = dict(zip(*(lines[name].to_pylist() for name in ("customer_id", "amount_sum")), strict=True))
    for row in worth.to_pylist():
        assert statement.get(row["customer_id"], Decimal(0)) == row["worth"]
        assert row["follows_low"] <= row["follows"] <= row["follows_high"]
    assert (tmp_path / "out" / "report.html").stat().st_size > 50_000


def test_cdnow(data_dir: Path, tmp_path: Path) -> None:
    facts, said = run("cdnow", data_dir / "clv", tmp_path)
    assert said.startswith("2,357 customers; ")
    assert "foresees 1,653.4 purchases in the next 39; 1,882 came" in said
    purchases = facts.arrow("purchases")
    assert not facts.rejects and purchases.num_rows == 6_919
    assert total(purchases) == Decimal("244091.94")
    assert {(at.hour, at.minute) for at in purchases["at"].to_pylist()} == {(0, 0)}
    assert facts.notes == ("purchases: 8 rows with an amount of 0; kept, and bringing no money",)


def test_complete_journey(data_dir: Path, tmp_path: Path) -> None:
    facts, said = run("complete_journey", data_dir / "clv", tmp_path)
    assert said.startswith("2,469 households; ")
    purchases = facts.arrow("purchases")
    assert not facts.rejects and purchases.num_rows == 155_848
    assert facts.arrow("outlays").num_rows in (12, 13)


def test_tweets(data_dir: Path, tmp_path: Path) -> None:
    facts, said = run("tweets", data_dir / "voice", tmp_path)
    assert said.startswith("11,983 tweets; ")
    messages = facts.arrow("messages")
    assert not facts.rejects and messages.num_rows == 11_983
    assert set(messages["channel"].to_pylist()) == {"twitter"}
    assert {at.year for at in messages["at"].to_pylist()} == {2015, 2016, 2017}
    assert facts.notes == ("messages: 11,983 rows without an author; read, and nobody's",)

"""CDNOW: the purchases of a 1997 cohort (Fader & Hardie's 1/10 sample, 2,357 customers) as a folder for `goodwill run`.

    python examples/cdnow.py DATA/clv out/cdnow
    goodwill run out/cdnow

SOURCE holds `cdnow_sample_transactions.csv`: master_id, sample_id, date, cds, dollars.
"""

from __future__ import annotations

import csv
import sys
from datetime import UTC, datetime
from pathlib import Path

import goodwill as gw
from goodwill.value import BetaGeoNBD, summary

# The log has days alone. In UTC they stay whole days apart; a zone with summer time would make some of them 23 hours.
GOODWILL_TOML = """[firm]
name = "CDNOW"
currency = "USD"
timezone = "UTC"
"""


def main(source: Path, out: Path) -> None:
    """Writes purchases.csv and goodwill.toml into `out`."""
    out.mkdir(parents=True, exist_ok=True)
    customers = set()
    with (
        (source / "cdnow_sample_transactions.csv").open(encoding="utf-8", newline="") as transactions,
        (out / "purchases.csv").open("w", encoding="utf-8", newline="") as purchases,
    ):
        write = csv.writer(purchases).writerow
        write(["purchase_id", "customer_id", "at", "amount", "items"])
        for number, row in enumerate(csv.DictReader(transactions), start=1):
            customers.add(row["master_id"])
            write([number, row["master_id"], row["date"], row["dollars"], row["cds"]])
    (out / "goodwill.toml").write_text(GOODWILL_TOML, encoding="utf-8")
    print(f"{len(customers):,} customers; next: goodwill run {out}")
    print(forecast(out))


def forecast(folder: Path) -> str:
    """BG/NBD on the first 39 weeks, held against the next 39 (Fader, Hardie and Lee 2005)."""
    half, end = datetime(1997, 9, 30, 12, tzinfo=UTC), datetime(1998, 6, 30, 12, tzinfo=UTC)
    log = summary(gw.read(folder), as_of=half, hold_out_until=end)
    model = BetaGeoNBD().fit(log.frequency, log.recency, log.age)
    foreseen = model.expected_purchases(39, log.frequency, log.recency, log.age).sum()
    came = log.column("held_out").sum()
    return f"BG/NBD on the first 39 weeks foresees {foreseen:,.1f} purchases in the next 39; {came:,.0f} came"


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))

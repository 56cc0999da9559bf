"""Complete Journey: a year of baskets of 2,469 households (dunnhumby) as a folder for `goodwill run`.

    python examples/complete_journey.py DATA/clv out/complete-journey
    goodwill run out/complete-journey

SOURCE holds `complete_journey_baskets.csv.gz`: household_id, basket_id, store_id, timestamp, amount, items,
retail_disc, coupon_disc. What coupons took off becomes an outlay of its month.
"""

from __future__ import annotations

import csv
import gzip
import sys
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

GOODWILL_TOML = """[firm]
name = "Complete Journey"
currency = "USD"
timezone = "UTC"
"""


def main(source: Path, out: Path) -> None:
    """Writes purchases.csv, outlays.csv and goodwill.toml into `out`."""
    out.mkdir(parents=True, exist_ok=True)
    households = set()
    coupons: dict[str, Decimal] = defaultdict(Decimal)
    with (
        gzip.open(source / "complete_journey_baskets.csv.gz", "rt", encoding="utf-8", newline="") as baskets,
        (out / "purchases.csv").open("w", encoding="utf-8", newline="") as purchases,
    ):
        write = csv.writer(purchases).writerow
        write(["purchase_id", "customer_id", "at", "amount", "items", "channel"])
        for row in csv.DictReader(baskets):
            households.add(row["household_id"])
            coupons[row["timestamp"][:7]] += Decimal(row["coupon_disc"])
            write([row["basket_id"], row["household_id"], row["timestamp"], row["amount"], row["items"], "shop"])
    with (out / "outlays.csv").open("w", encoding="utf-8", newline="") as outlays:
        write = csv.writer(outlays).writerow
        write(["outlay_id", "at", "activity", "kind", "amount"])
        for month, amount in sorted(coupons.items()):
            write([f"coupons {month}", f"{month}-01", "coupons", "push", f"{amount:.2f}"])
    (out / "goodwill.toml").write_text(GOODWILL_TOML, encoding="utf-8")
    print(f"{len(households):,} households; next: goodwill run {out}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))

"""Online Retail: a year of invoices of a British gift shop (UCI, 4,372 customers) as a folder for `goodwill run`.

    python examples/online_retail.py DATA/clv out/online-retail
    goodwill run out/online-retail

SOURCE holds `online_retail_invoices.csv`: InvoiceNo, CustomerID, cancelled, Country, datetime, amount, lines.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

GOODWILL_TOML = """[firm]
name = "Online Retail"
currency = "GBP"
timezone = "Europe/London"
"""


def main(source: Path, out: Path) -> None:
    """Writes purchases.csv, people.csv and goodwill.toml into `out`."""
    out.mkdir(parents=True, exist_ok=True)
    country: dict[str, str] = {}
    with (
        (source / "online_retail_invoices.csv").open(encoding="utf-8", newline="") as invoices,
        (out / "purchases.csv").open("w", encoding="utf-8", newline="") as purchases,
    ):
        write = csv.writer(purchases).writerow
        write(["purchase_id", "customer_id", "at", "amount", "kind", "items"])
        for row in csv.DictReader(invoices):
            country.setdefault(row["CustomerID"], row["Country"])
            kind = "return" if row["cancelled"] == "1" else "sale"
            write([row["InvoiceNo"], row["CustomerID"], row["datetime"], row["amount"], kind, row["lines"]])
    with (out / "people.csv").open("w", encoding="utf-8", newline="") as people:
        csv.writer(people).writerows([("customer_id", "country"), *sorted(country.items())])
    (out / "goodwill.toml").write_text(GOODWILL_TOML, encoding="utf-8")
    print(f"{len(country):,} customers; next: goodwill run {out}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))

"""Tweets to a streaming service's support account (2017) as a folder for `goodwill run`: messages, and no purchase.

    python examples/tweets.py DATA/voice out/tweets
    goodwill run out/tweets

SOURCE holds `spotify_support_tweets_unlabelled.csv`: text, created_at. The set names no authors, so nobody has a sum;
what people want, how they feel and who should be answered first still shows. The texts are licensed for
non-commercial use: look at them, train nothing on them.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

GOODWILL_TOML = """[firm]
name = "A streaming service"
currency = "USD"
timezone = "UTC"

[competitors]
names = ["Apple Music", "Pandora", "Tidal", "Deezer", "Google Play Music"]

[topics]
billing = ["charged", "premium", "payment", "refund", "subscription", "student discount"]
playback = ["skips", "shuffle", "won't play", "stops playing", "offline"]
account = ["log in", "password", "hacked", "account", "e-mail address"]
"app and devices" = ["app", "update", "crash", "iphone", "android", "desktop", "speaker"]
catalogue = ["album", "song missing", "available in", "playlist"]
"""


def main(source: Path, out: Path) -> None:
    """Writes messages.csv and goodwill.toml into `out`."""
    out.mkdir(parents=True, exist_ok=True)
    number = 0
    with (
        (source / "spotify_support_tweets_unlabelled.csv").open(encoding="utf-8", newline="") as tweets,
        (out / "messages.csv").open("w", encoding="utf-8", newline="") as messages,
    ):
        write = csv.writer(messages).writerow
        write(["message_id", "at", "channel", "text", "to_us"])
        for number, row in enumerate(csv.DictReader(tweets), start=1):
            write([f"tweet:{number}", row["created_at"], "twitter", row["text"], "true"])
    (out / "goodwill.toml").write_text(GOODWILL_TOML, encoding="utf-8")
    print(f"{number:,} tweets; next: goodwill run {out}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))

"""Where the service keeps its state: $GOODWILL_HOME, by default ./goodwill-data."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Home:
    """The folder of one installation and the files in it."""

    folder: Path

    @property
    def database(self) -> Path:
        return self.folder / "goodwill.sqlite3"

    @property
    def lake(self) -> Path:
        """Facts as Parquet, and the results of the last valuation."""
        return self.folder / "lake"

    @property
    def firm_file(self) -> Path:
        """goodwill.toml: the firm's own words and figures."""
        return self.folder / "goodwill.toml"

    def secret(self) -> str:
        """The installation's own key, made once and readable by its owner alone."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / "secret.key"
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(48))
        except FileExistsError:
            pass
        return path.read_text()


def home() -> Home:
    """The installation that the environment names."""
    return Home(Path(os.environ.get("GOODWILL_HOME", "goodwill-data")).absolute())

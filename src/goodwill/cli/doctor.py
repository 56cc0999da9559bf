"""`goodwill doctor`: is everything well, and if not, what mends it?"""

from __future__ import annotations

import typer


def doctor() -> None:
    """Look at everything that the service needs: one line each with ok, warn or fail, and the mend."""
    import goodwill.service

    goodwill.service.start()
    from goodwill.service.ops import checks, doctor

    worst = 0
    for check in doctor.everything():
        print(check, flush=True)
        worst += check.state == checks.FAIL
    raise typer.Exit(1 if worst else 0)

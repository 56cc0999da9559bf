"""Facts as they stood before a part of an import changed them: kept, so that undoing the import puts them back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.core.serializers.json import DjangoJSONEncoder

from goodwill.service.store.models import FACTS, Before

if TYPE_CHECKING:
    from collections.abc import Sequence

AT_ONCE = 500


def remember(table: str, keys_and_batches: Sequence[tuple[str, int]]) -> None:
    """Keeps what stands under these keys, once for each batch that is about to change it."""
    batches = dict(keys_and_batches)
    keys = sorted(batches)
    for start in range(0, len(keys), AT_ONCE):
        standing = FACTS[table].objects.filter(fact_key__in=keys[start : start + AT_ONCE])
        Before.objects.bulk_create(
            [
                Before(batch=batches[row["fact_key"]], table=table, fact_key=row["fact_key"], fact=as_json(row))
                for row in standing.values()
                if row["batch"] != batches[row["fact_key"]]
            ],
            ignore_conflicts=True,
        )


def as_json(row: dict[str, Any]) -> dict[str, Any]:
    """A row of a table of facts with its times and sums as text."""
    found: dict[str, Any] = json.loads(json.dumps(row, cls=_Exactly))
    return found


class _Exactly(DjangoJSONEncoder):
    """Times to the microsecond: Django's own keeps milliseconds."""

    def default(self, o: Any) -> Any:
        return o.isoformat() if hasattr(o, "isoformat") else super().default(o)


def as_fact(table: str, kept: dict[str, Any]) -> Any:
    """The fact that was kept, as a new row of its table."""
    model = FACTS[table]
    values = {field.attname: kept.get(field.attname) for field in model._meta.concrete_fields if field.attname != "row"}
    return model(**{name: model._meta.get_field(name).to_python(value) for name, value in values.items()})

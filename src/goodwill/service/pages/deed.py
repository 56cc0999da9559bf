"""The address of every deed: a plain form posts here, and so does htmx.

A plain form comes back to its page with the word of what was done; htmx gets the row as it is now (nothing, where it
has left *Now*) and the same word beside it.
"""

from __future__ import annotations

import urllib.parse
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from goodwill.errors import GoodwillError
from goodwill.service import deeds
from goodwill.service.pages.back import back_to
from goodwill.service.pages.case import case_row, context
from goodwill.service.pages.needs import needs
from goodwill.service.pages.words import ACTS
from goodwill.service.store.models import Case

if TYPE_CHECKING:
    from django.http import HttpRequest

    from goodwill.service.store.models import Deed

TAKES = {
    "take": ("message_id", "again"),
    "answer": ("message_id", "text", "again"),
    "note": ("message_id", "customer_id", "text"),
    "thank": ("message_id", "text", "again"),
    "refund": ("message_id", "amount", "text", "again"),
    "close": ("message_id", "cause_id", "text", "again"),
    "correct": ("table", "key", "field", "value"),
    "undo": ("deed",),
}
"""Which fields of a form each deed takes; anything else is left aside."""
LISTS = ("intents", "topics")
"""Fields of a reading that are several words; their form sends one each."""
WORDS = {
    "take": "You have it.",
    "answer": "Answer recorded.",
    "note": "Noted.",
    "thank": "Thanks recorded.",
    "refund": "Refund noted.",
    "close": "Closed.",
    "correct": "Corrected; it counts from now on.",
    "undo": "Undone.",
}


@require_POST
@needs("viewer")  # each deed says itself whom it allows
def deed(request: HttpRequest, kind: str) -> HttpResponse:
    """Does it, or says why not."""
    if kind not in TAKES:
        raise Http404("no such deed")
    given: dict[str, Any] = {name: request.POST[name] for name in TAKES[kind] if name in request.POST}
    if "again" in given:
        given["again"] = given["again"] == "1"
    if kind == "correct" and given.get("field") in LISTS:
        given["value"] = "|".join(word for word in request.POST.getlist("value") if word) or "none"
    try:
        done = deeds.do(kind, request.user, **given)  # type: ignore[arg-type]
    except deeds.NotAllowed as refused:
        return _refused(request, kind, refused, 403)
    except GoodwillError as refused:
        return _refused(request, kind, refused, 409 if isinstance(refused, deeds.Overtaken) else 422)
    except TypeError:
        return _refused(request, kind, deeds.CannotBe("something is missing", where=kind, mend="fill the form"), 422)
    return _done(request, kind, done)


def _done(request: HttpRequest, kind: str, done: Deed) -> HttpResponse:
    undoable = str(done.pk) if kind != "undo" else ""
    if not request.htmx:  # type: ignore[attr-defined]
        messages.success(request, WORDS[kind], extra_tags=undoable)
        return redirect(back_to(request))
    row = case_row(done.message_id) if done.message_id else None
    given = {"words": WORDS[kind], "undo": undoable, "kind": kind}
    if row is not None:
        given |= context(request, row) | {"on_case": request.POST.get("on") == "case"}
        given["stays"] = given["on_case"] or row["state"] == Case.OPEN
    answer = render(request, "case/done.html", given)
    answer["HX-Trigger"] = "deed-done"
    return answer


def _refused(request: HttpRequest, kind: str, why: GoodwillError, status: int) -> HttpResponse:
    words = f"{why.what}{f': {why.mend}' if why.mend else ''}."
    if not request.htmx:  # type: ignore[attr-defined]
        messages.error(request, words)
        return redirect(_form_again(request, kind))
    row = case_row(request.POST.get("message_id") or request.POST.get("key", ""))
    if status == 403 or row is None or kind in ("take", "undo"):
        answer = render(request, "case/refused.html", {"words": words, "kind": kind, "case": row}, status=status)
        answer["HX-Reswap"] = "none"
        return answer
    given = context(request, row) | {"form": kind, "problem": words, "overtaken": status == 409, "given": request.POST}
    given |= {"button": ACTS[kind][2], "on_case": request.POST.get("on") == "case"}
    answer = render(request, "case/form.html", given, status=status)
    answer["HX-Retarget"] = "this"
    answer["HX-Reswap"] = "outerHTML"
    return answer


def _form_again(request: HttpRequest, kind: str) -> str:
    message_id = request.POST.get("message_id") or request.POST.get("key")
    if not message_id or kind in ("take", "undo"):
        return back_to(request)
    return f"{reverse('case')}?{urllib.parse.urlencode({'message': message_id, 'act': kind})}"

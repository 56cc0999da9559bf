"""The page that `goodwill run` writes: one HTML file that asks nobody for anything.

`render` makes it, `write` puts it into a file. The same result gives the same bytes.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from goodwill.report.page import Page

_FONTS = (("Source Serif 4", "source-serif-4.woff2", "200 900"), ("Inter", "inter.woff2", "100 900"))


def render(result: Any) -> str:
    """One self-contained page of HTML: style, letters and pictures inside, no script, no request.

    Parameters
    ----------
    result
        What `goodwill.run` gives: facts, worth, ledger, readings, now, cases, ties, proof, valuation, names.

    Returns
    -------
    str
        The page. Whatever customers wrote is escaped.
    """
    from goodwill.report.page import make_page

    return render_page(make_page(result))


def write(result: Any, path: Path) -> None:
    """Writes the page of `render` to a file, in UTF-8."""
    path.write_text(render(result), encoding="utf-8", newline="\n")


def render_page(page: Page) -> str:
    """Lays a view out as HTML."""
    from markupsafe import Markup

    from goodwill.report.books import PART_WORDS
    from goodwill.report.grounds import MEANINGS

    style = files("goodwill.report").joinpath("static", "report.css").read_text(encoding="utf-8")
    html: str = (
        _environment()
        .get_template("report.html")
        .render(
            page=page,
            style=Markup(style),
            fonts=Markup(_fonts()),
            evidence_meanings=MEANINGS,
            known_evidence=tuple(word for word, _ in MEANINGS),
            parts=tuple((kind, *words) for kind, words in PART_WORDS.items()),
            customers_caption=f"The {len(page.customers)} customers from whom most follows",
        )
    )
    return html


@cache
def _environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("goodwill.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _fonts() -> str:
    from base64 import b64encode

    faces = []
    for family, name, weights in _FONTS:
        letters = b64encode(files("goodwill.report").joinpath("static", name).read_bytes()).decode("ascii")
        faces.append(
            f'@font-face{{font-family:"{family}";font-style:normal;font-weight:{weights};font-display:swap;'
            f'src:url(data:font/woff2;base64,{letters}) format("woff2")}}'
        )
    return "\n".join(faces)

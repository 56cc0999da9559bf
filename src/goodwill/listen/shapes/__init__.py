"""Files that are no tables: mailboxes, archives, dumps, documents. One file a shape; each yields rows.

A shape turns what a product exports into rows under the names that the product itself uses; the dialect of that product
(`goodwill.listen.dialects`) then says which of our facts they are. Rows are laid down in a temporary file as they are
read, so that a dump of any size needs the memory of one piece. Zip bombs, entity bombs and endless lines are bounded,
and what is wrong is named by file and line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from goodwill.listen.shapes import document, facebook, mbox, stack_exchange, twitter

if TYPE_CHECKING:
    from pathlib import Path

    from goodwill.listen.shapes.shape import Shape

SHAPES: tuple[Shape, ...] = (
    twitter.SHAPE,
    facebook.SHAPE,
    *stack_exchange.SHAPES,
    mbox.SHAPE,
    document.SHAPE,
)
HEAD = 1 << 16


def shape_of(path: Path) -> Shape | None:
    """The shape of a file, by its ending and its first bytes; None where it is a plain table, or nothing we know."""
    name = path.name.lower()
    candidates = [shape for shape in SHAPES if name.removesuffix(".gz").endswith(shape.endings)]
    if not candidates:
        return None
    from goodwill.listen.scan import blocks

    head = next(iter(blocks(path, HEAD)), b"")
    return next((shape for shape in candidates if shape.fits(head)), None)


def worth_opening(member: Path) -> bool:
    """Whether a member of an archive is more than a list of settings: a shape of a product, or lines."""
    shape = shape_of(member)
    return shape is not None

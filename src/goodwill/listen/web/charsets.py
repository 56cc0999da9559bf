"""Bytes to text, whatever they say of themselves."""

from __future__ import annotations

import codecs
import re

# What browsers read these names as (WHATWG Encoding): the wider set that such texts are really written in.
_WIDER = {"iso8859-1": "cp1252", "ascii": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "iso8859-9": "cp1254"}
# Python knows codecs that are no charsets, and some that take very long (punycode, idna).
_CHARSETS = re.compile(r"(utf-?(8|16|32)|iso8859-|cp(12|8|9)|koi8|gb|big5|shift_jis|euc_|iso2022|mac-|tis|hz|johab|kz)")
_CONTROL = dict.fromkeys([*range(9), 11, *range(14, 32), 127])


def decode(body: bytes, declared: str = "") -> str:
    """The text, by the charset declared if it is one and fits, else UTF-8, else Windows-1252; never raises.

    >>> decode("Grüße".encode("latin-1"), "no-such-charset")
    'Grüße'
    >>> decode("Grüße".encode(), "iso-8859-1")  # says Latin 1, is UTF-8
    'Grüße'
    """
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if body.startswith(mark):
            return clean(body.decode(name, "replace"))
    name = known(declared)
    # Hardly any text in another charset is by chance also UTF-8, once it has a letter beyond ASCII; the ISO 2022 and
    # UTF-16 families write in bytes that ASCII has too.
    if not name.startswith(("iso2022", "utf-16", "utf-32", "hz")):
        try:
            return clean(body.decode("utf-8"))
        except UnicodeDecodeError:
            pass
    return clean(body.decode("cp1252" if name in ("", "utf-8") else name, "replace"))


def known(declared: str) -> str:
    """The codec of a declared charset, '' where it is none."""
    try:
        name = codecs.lookup(declared.strip().strip("\"'")[:40]).name
    except (LookupError, ValueError):
        return ""
    name = _WIDER.get(name, name)
    return name if _CHARSETS.match(name) else ""


def clean(text: str) -> str:
    """Without control characters (a store cannot hold NUL) and without halves of characters."""
    return text.translate(_CONTROL).encode("utf-8", "replace").decode("utf-8")

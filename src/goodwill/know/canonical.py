"""One way to write a JSON value, so that two sides sign the same bytes: JCS, RFC 8785.

No space between tokens; members sorted by the UTF-16 code units of their names; strings with the fewest escapes;
numbers as ECMAScript writes them (ECMA-262, Number::toString): the shortest text that reads back as the same double.
"""

from __future__ import annotations

import json
import math
from typing import Any

from goodwill.errors import InputError

LARGEST = 16 * 1024
"""Bytes that `read` takes."""
DEEPEST = 8
_EXACT = 2**53 - 1
_ESCAPES = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def canonical(value: Any) -> bytes:
    """The canonical bytes of a JSON value: dicts with text keys, lists, texts, numbers, booleans, None.

    Raises InputError for what JSON or JCS cannot hold: NaN, infinities, whole numbers beyond 2⁵³ − 1, lone surrogates.

    >>> canonical({"b": [1.0, 1e21, -0.0], "a": "é\\n"}).decode()
    '{"a":"é\\\\n","b":[1,1e+21,0]}'
    """
    return _written(value).encode("utf-8")


def _written(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        if abs(value) > _EXACT:
            raise _cannot(f"the whole number {value} is beyond 2^53 - 1", "write it as a text")
        return str(value)
    if isinstance(value, float):
        return number(value)
    if isinstance(value, dict):
        if not all(isinstance(name, str) for name in value):
            raise _cannot("a member's name is no text", "JSON's names are texts")
        members = sorted(value.items(), key=lambda member: _units(member[0]))
        return "{" + ",".join(f"{_text(name)}:{_written(held)}" for name, held in members) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(_written(one) for one in value) + "]"
    raise _cannot(f"JSON has no {type(value).__name__}", "use texts, numbers, booleans, lists and objects")


def number(value: float) -> str:
    """A double as ECMAScript writes it.

    >>> [number(one) for one in (4.35, 1e-7, 1e-6, 333333333.33333329, 1e23, 5e-324)]
    ['4.35', '1e-7', '0.000001', '333333333.3333333', '1e+23', '5e-324']
    """
    if not math.isfinite(value):
        raise _cannot(f"JSON has no number {value}", "leave it out, or write null")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = f"{abs(value)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    digits = (whole + fraction).lstrip("0")
    point = len(digits) - len(fraction) + int(exponent or 0)  # the value is 0.digits × 10^point
    digits = digits.rstrip("0")
    return sign + _placed(digits, point)


def _placed(digits: str, point: int) -> str:
    """Digits and where their point stands, by the five cases of Number::toString."""
    if len(digits) <= point <= 21:
        return digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"0.{'0' * -point}{digits}"
    rest = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{rest}e{point - 1:+d}"


def _text(value: str) -> str:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise _cannot("half a character (a lone surrogate) stands in a text", "write whole characters") from None
    return '"' + "".join(_ESCAPES.get(sign) or (f"\\u{ord(sign):04x}" if sign < " " else sign) for sign in value) + '"'


def _units(name: str) -> bytes:
    return name.encode("utf-16-be", "surrogatepass")


def read(written: bytes, *, largest: int = LARGEST, deepest: int = DEEPEST) -> Any:
    """A JSON value from outside. Raises InputError for what is too long or too deep, names a member twice, holds a
    number that JCS does not, or is no JSON.

    >>> read(b'{"a": [1, 2.5]}')
    {'a': [1, 2.5]}
    """
    if len(written) > largest:
        raise _cannot(f"it has {len(written):,} bytes", f"{largest:,} are the most")
    if _depth(written) > deepest:
        raise _cannot("it is nested too deeply", f"{deepest} levels are the most")
    try:
        value = json.loads(
            written.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant, parse_int=_whole
        )
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as broken:
        raise _cannot("it is no JSON in UTF-8", "send one object") from broken
    canonical(value)
    return value


def _depth(written: bytes) -> int:
    """How deep brackets are nested, without building anything."""
    depth = most = 0
    in_text = escaped = False
    for byte in written:
        if in_text:
            in_text, escaped = (True, False) if escaped else (byte != 0x22, byte == 0x5C)
        elif byte == 0x22:
            in_text = True
        elif byte in b"[{":
            depth += 1
            most = max(most, depth)
        elif byte in b"]}":
            depth -= 1
    return most


def _once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) < len(members):
        names = [name for name, _ in members]
        twice = next(name for name in names if names.count(name) > 1)
        raise _cannot(f"{twice[:40]!r} stands there twice", "name each member once")
    return found


def _whole(digits: str) -> int | float:
    """A whole number; beyond 2^53 - 1 a double, where its digits are those that a double is written with."""
    if len(digits) <= 16 and abs(int(digits)) <= _EXACT:
        return int(digits)
    if len(digits) > 400 or number(float(digits)) != digits:
        raise _cannot(f"the whole number {digits[:20]}... is beyond 2^53 - 1", "write it as a text")
    return float(digits)


def _no_constant(name: str) -> Any:
    raise _cannot(f"JSON has no number {name}", "leave it out, or write null")


def _cannot(what: str, mend: str) -> InputError:
    return InputError(what, where="JSON", mend=mend)

"""The look: colours that can be read, letters that may be shipped, nothing asked of another host."""

from __future__ import annotations

import hashlib
import math
import re
from importlib.resources import files

import pytest

STATIC = files("goodwill.report").joinpath("static")
STYLE = STATIC.joinpath("report.css").read_text(encoding="utf-8")
_TOKEN = re.compile(r"--([a-z-]+): light-dark\(oklch\(([^)]+)\), oklch\(([^)]+)\)\)")
TOKENS = {name: (light, dark) for name, light, dark in _TOKEN.findall(STYLE)}
WORDS_ON = [
    *((words, under) for words in ("ink", "soft", "credit", "debit", "link") for under in ("paper", "sheet")),
    ("ink", "wash"), ("credit", "credit-wash"), ("debit", "debit-wash"), ("ink", "accent-wash"),
]  # fmt: skip
SHAPES = ("spend", "referral", "influence", "knowledge", "accent", "credit", "debit", "strong", "soft")


def luminance(oklch: str) -> float:
    """WCAG relative luminance of an OKLCH colour (Ottosson 2020 for the way to linear sRGB)."""
    light, chroma, hue = (float(part.rstrip("%")) for part in oklch.split())
    light, angle = light / 100, math.radians(hue)
    a, b = chroma * math.cos(angle), chroma * math.sin(angle)
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short
    return sum(
        part * min(1.0, max(0.0, channel))
        for part, channel in ((0.2126, red), (0.7152, green), (0.0722, blue))
    )  # fmt: skip


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_measured_as_wcag_does() -> None:
    assert contrast("100% 0 0", "0% 0 0") == pytest.approx(21, abs=0.01)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("words", "under"), WORDS_ON)
def test_words_can_be_read(words: str, under: str, scheme: int) -> None:
    assert contrast(TOKENS[words][scheme], TOKENS[under][scheme]) >= 4.5


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_stand_out(shape: str, scheme: int) -> None:
    assert contrast(TOKENS[shape][scheme], TOKENS["paper"][scheme]) >= 3


def test_every_colour_is_a_token() -> None:
    rest = _TOKEN.sub("", STYLE)
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b|oklch|rgb|hsl", rest)
    used = set(re.findall(r"var\(--([a-z0-9-]+)\)", STYLE))
    defined = set(re.findall(r"--([a-z0-9-]+):", STYLE))
    assert used <= defined


def test_letters_are_small_and_licensed() -> None:
    about = STATIC.joinpath("FONTS.txt").read_text(encoding="utf-8")
    for name in ("inter", "source-serif-4"):
        letters = STATIC.joinpath(f"{name}.woff2").read_bytes()
        assert letters[:4] == b"wOF2"
        assert len(letters) <= 100_000
        assert hashlib.sha256(letters).hexdigest() in about
        assert "SIL OPEN FONT LICENSE" in STATIC.joinpath(f"{name}-OFL.txt").read_text(encoding="utf-8")


def test_the_style_asks_for_nothing() -> None:
    assert "url(" not in STYLE
    assert "@import" not in STYLE


def test_motion_is_only_for_those_who_like_it() -> None:
    for line in STYLE.splitlines():
        if "scroll-behavior" in line or "transition" in line or "animation" in line:
            assert "prefers-reduced-motion: no-preference" in line

"""A tenant's two colours, corrected until text on them and in them can be read (WCAG 2.2 §1.4.3).

Hue is kept; in OKLCH only lightness moves, so a brand stays itself.
"""

import math
from collections.abc import Iterable

LIGHT = {
    "page": "#f5f6f8",
    "surface": "#ffffff",
    "ink": "#141922",
    "muted": "#545e6d",
    "danger_soft": "#fdeeed",
}
DARK = {
    "page": "#0e1115",
    "surface": "#171b21",
    "ink": "#e9ecf1",
    "muted": "#a6afbc",
    "danger_soft": "#351a19",
}
READABLE = 4.5
VISIBLE = 3.0

Oklch = tuple[float, float, float]


def palette(accent: str, *, dark: bool) -> dict[str, str]:
    """The tokens of the stylesheet's brand part for one scheme."""
    ground = DARK if dark else LIGHT
    fill = _moved(accent, [ground["surface"]], VISIBLE, lighter=True) if dark else accent
    soft = _wash(accent, [ground["ink"], ground["muted"]], dark=dark)
    ink = _moved(
        accent, [ground["page"], ground["surface"], soft, ground["danger_soft"]], READABLE, lighter=dark
    )
    near_red = abs((_to_oklch(accent)[2] - 29 + 180) % 360 - 180) < 30
    return {
        "accent": fill,
        "on-accent": _text_on(fill),
        "accent-ink": ink,
        "accent-soft": soft,
        "data": "var(--info)" if near_red else ink,
    }


def contrast(one: str, other: str) -> float:
    """WCAG 2.2: the ratio of relative luminances, 1 to 21."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _moved(colour: str, grounds: Iterable[str], ratio: float, *, lighter: bool) -> str:
    lightness, chroma, hue = _to_oklch(colour)
    grounds = list(grounds)
    for _ in range(101):
        candidate = _to_hex((lightness, chroma, hue))
        if all(contrast(candidate, ground) >= ratio for ground in grounds):
            return candidate
        lightness = min(lightness + 0.01, 1.0) if lighter else max(lightness - 0.01, 0.0)
    return "#ffffff" if lighter else "#000000"


def _wash(colour: str, texts: list[str], *, dark: bool) -> str:
    _, chroma, hue = _to_oklch(colour)
    lightness = 0.26 if dark else 0.955
    while True:
        wash = _to_hex((lightness, min(chroma, 0.018), hue))
        if all(contrast(wash, text) >= READABLE for text in texts) or not 0.02 < lightness < 0.99:
            return wash
        lightness += -0.01 if dark else 0.005


def _text_on(fill: str) -> str:
    hue = _to_oklch(fill)[2]
    best = max(
        (_to_hex((0.99, 0.005, hue)), _to_hex((0.19, 0.03, hue))), key=lambda text: contrast(text, fill)
    )
    return (
        best
        if contrast(best, fill) >= READABLE
        else max(("#ffffff", "#000000"), key=lambda text: contrast(text, fill))
    )


def _linear(colour: str) -> tuple[float, float, float]:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return red, green, blue


def _luminance(colour: str) -> float:
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _to_oklch(colour: str) -> Oklch:
    """Björn Ottosson's matrices, https://bottosson.github.io/posts/oklab/"""
    r, g, b = _linear(colour)
    long = math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    medium = math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    short = math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    green_red = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    blue_yellow = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return (
        lightness,
        math.hypot(green_red, blue_yellow),
        math.degrees(math.atan2(blue_yellow, green_red)) % 360,
    )


def _to_hex(colour: Oklch) -> str:
    """Nearest colour on a screen: chroma gives way where the gamut ends."""
    lightness, chroma, hue = colour
    while True:
        channels = _to_linear(lightness, chroma, hue)
        if chroma < 0.002 or all(-0.0005 <= c <= 1.0005 for c in channels):
            break
        chroma *= 0.95
    shown = (
        12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055
        for c in (min(max(c, 0), 1) for c in channels)
    )
    return "#" + "".join(f"{round(c * 255):02x}" for c in shown)


def _to_linear(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )

"""Pictures for the clips of the checks' benchmark, drawn by numbers: same seed, same picture.

A scene is a heap of leaves whose sizes follow a power law, under uneven light: its statistics are
those of camera pictures (Lee, Mumford and Huang 2001), which gradients and test cards have not.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

SCENE_SIZE = (1350, 2400)
"""Larger than the clip, so that it can be moved, and by less than a pixel."""
LEAVES = 1400
SMALLEST_PX, LARGEST_PX = 27, 520
QR_ROWS = (
    *(0x1FD857F, 0x1040541, 0x175385D, 0x175AC5D, 0x175EF5D, 0x1049C41, 0x1FD557F, 0x000A400),
    *(0x1E5059D, 0x0D28122, 0x06C0010, 0x0733DBC, 0x1D4A9D7, 0x04BEFF1, 0x0ED1456, 0x11A9731),
    *(0x18DE9FF, 0x0019D15, 0x1FCBD57, 0x1049312, 0x17421F9, 0x175DBDF, 0x1757BD6, 0x1050C54),
    0x1FD4AFF,
)
"""`https://heji.example/w/1` as a QR code, version 2; a set bit is black."""
QR_SIDE, QR_QUIET, QR_MODULE_PX = 25, 4, 8
SKIN, HAIR, COAT, SHIRT = (205, 165, 140), (45, 36, 34), (52, 62, 92), (226, 226, 220)


def draw_scene(seed: int) -> Picture:
    """Return a scene, (height, width, 3) RGB."""
    random = np.random.default_rng(seed)
    height, width = SCENE_SIZE
    picture = np.full((height, width, 3), 120, dtype=np.float32)
    # Uniform in 1/r² is a power law of exponent 3 for the radius.
    radii = 1 / np.sqrt(random.uniform(LARGEST_PX**-2.0, SMALLEST_PX**-2.0, LEAVES))
    for radius in radii:
        _drop_leaf(picture, float(radius), random)
    light = 1 + 0.16 * _cloud(height, width, random)
    return np.clip(picture * light[..., None], 0, 255).astype(np.uint8)


def draw_person() -> Picture:
    """Return a person to the waist, (height, width, 4) RGBA."""
    height, width = 560, 420
    down, across = np.mgrid[0:height, 0:width].astype(np.float32)
    picture = np.zeros((height, width, 4), dtype=np.uint8)

    def paint(inside: NDArray[np.bool_], color: tuple[int, int, int]) -> None:
        shade = 1 - 0.35 * np.abs(across - width / 2) / width - 0.1 * down / height
        picture[inside, :3] = (np.array(color) * shade[..., None])[inside]
        picture[inside, 3] = 255

    paint(_ellipse(across, down, 210, 540, 200, 270), COAT)
    paint((np.abs(across - 210) < (down - 290) * 0.22) & (down > 290), SHIRT)
    paint((np.abs(across - 210) < 34) & (down > 200) & (down < 320), SKIN)
    paint(_ellipse(across, down, 210, 128, 92, 118), HAIR)
    paint(_ellipse(across, down, 210, 150, 80, 106), SKIN)
    for eye in (178, 242):
        paint(_ellipse(across, down, eye, 140, 13, 7), SHIRT)
        paint(_ellipse(across, down, eye, 140, 6, 6), HAIR)
    paint(_ellipse(across, down, 210, 208, 26, 8), (140, 70, 70))
    return picture


def draw_hand() -> Picture:
    """Return a hand that points, (height, width, 4) RGBA."""
    down, across = np.mgrid[0:110, 0:110].astype(np.float32)
    inside = _ellipse(across, down, 55, 60, 34, 44) | (
        (np.abs(across - 40 - down * 0.1) < 9) & (down < 60)
    )
    picture = np.zeros((110, 110, 4), dtype=np.uint8)
    picture[inside] = (*SKIN, 255)
    return picture


def draw_lamps(seed: int) -> Picture:
    """Return the lights of a town at night, (height, width, 4) RGBA."""
    random = np.random.default_rng(seed)
    height, width = 720, 1280
    down, across = np.mgrid[0:height, 0:width].astype(np.float32)
    glow = np.zeros((height, width), dtype=np.float32)
    for _ in range(26):
        x, y, size = random.uniform(0, width), random.uniform(90, 520), random.uniform(2, 7)
        glow += np.exp(-((across - x) ** 2 + (down - y) ** 2) / (2 * size**2))
    picture = np.empty((height, width, 4), dtype=np.uint8)
    picture[..., :3] = (255, 226, 170)
    picture[..., 3] = np.clip(glow * 255, 0, 255)
    return picture


def draw_qr() -> Picture:
    """Return a QR code with its quiet zone, (height, width, 3) RGB."""
    bits = [[row >> (QR_SIDE - 1 - column) & 1 for column in range(QR_SIDE)] for row in QR_ROWS]
    light = np.pad(1 - np.array(bits, dtype=np.uint8), QR_QUIET, constant_values=1)
    large = np.kron(light, np.ones((QR_MODULE_PX, QR_MODULE_PX), dtype=np.uint8)) * 255
    return np.repeat(large[..., None], 3, axis=2).astype(np.uint8)


def draw_logo() -> Picture:
    """Return a station's mark, (height, width, 4) RGBA: a ring around a triangle, and two letters.

    It is drawn four times as large, so that its edges are smooth.
    """
    down, across = np.mgrid[0:384, 0:600].astype(np.float32) / 4
    picture = np.zeros((*down.shape, 4), dtype=np.float32)
    away = np.hypot(across - 48, down - 48)
    picture[away < 40] = (20, 60, 180, 255)
    is_white = np.abs(away - 34) < 1.5
    is_white |= (down > 22) & (down < 64) & (np.abs(across - 48) < (down - 22) * 0.5)
    is_letter_t = (np.abs(down - 36) < 3) & (np.abs(across - 108) < 13)
    is_letter_t |= (np.abs(across - 108) < 3) & (down > 33) & (down < 66)
    is_letter_v = (np.abs(np.abs(across - 136) - (66 - down) * 0.4) < 3) & (down > 33) & (down < 66)
    picture[is_white | is_letter_t | is_letter_v] = 255
    smooth: Picture = picture.reshape(96, 4, 150, 4, 4).mean(axis=(1, 3)).astype(np.uint8)
    return smooth


ART: dict[str, Callable[[], Picture]] = {
    "room": lambda: draw_scene(11),
    "yard": lambda: draw_scene(23),
    "hall": lambda: draw_scene(47),
    "person": draw_person,
    "hand": draw_hand,
    "lamps": lambda: draw_lamps(5),
    "qr": draw_qr,
    "logo": draw_logo,
}


def as_pam(picture: Picture) -> bytes:
    """Write a picture as a PAM file, the plainest that ffmpeg reads with transparency."""
    height, width, depth = picture.shape
    kind = {3: "RGB", 4: "RGB_ALPHA"}[depth]
    head = (
        f"P7\nWIDTH {width}\nHEIGHT {height}\nDEPTH {depth}\nMAXVAL 255\nTUPLTYPE {kind}\nENDHDR\n"
    )
    return head.encode("ascii") + np.ascontiguousarray(picture).tobytes()


def _drop_leaf(picture: NDArray[np.float32], radius: float, random: np.random.Generator) -> None:
    height, width = picture.shape[:2]
    x, y = random.uniform(0, width), random.uniform(0, height)
    wide, high = radius * random.uniform(0.6, 1.4), radius * random.uniform(0.6, 1.4)
    left, right = max(0, int(x - wide)), min(width, int(x + wide) + 1)
    top, bottom = max(0, int(y - high)), min(height, int(y + high) + 1)
    down, across = np.ogrid[top:bottom, left:right]
    away, below = (across - x) / wide, (down - y) / high
    inside = away**2 + below**2 < 1 if random.random() < 0.7 else np.ones_like(away * below, bool)
    base = random.normal(128, 46)
    color = base + random.normal(0, 16, 3)
    shade = 1 + 0.18 * (away * random.uniform(-1, 1) + below * random.uniform(-1, 1))
    picture[top:bottom, left:right][inside] = (color * shade[..., None])[inside]


def _cloud(height: int, width: int, random: np.random.Generator) -> NDArray[np.float32]:
    """Return 1/f noise of mean 0 and deviation 1."""
    rows, columns = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :]
    far = np.sqrt(rows**2 + columns**2)
    far[0, 0] = 1
    phases = np.exp(2j * np.pi * random.random(far.shape))
    noise = np.fft.irfft2(phases / far**1.2, s=(height, width))
    spread: NDArray[np.float32] = ((noise - noise.mean()) / noise.std()).astype(np.float32)
    return spread


def _ellipse(
    across: NDArray[np.float32],
    down: NDArray[np.float32],
    x: float,
    y: float,
    wide: float,
    high: float,
) -> NDArray[np.bool_]:
    return ((across - x) / wide) ** 2 + ((down - y) / high) ** 2 < 1

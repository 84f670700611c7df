"""Colours of any coding look the same in the master, which is always BT.709 in limited range."""

from itertools import pairwise

import numpy as np
import pytest

from models.settings import FfmpegSettings
from tasks.adapters.ffmpeg import probe
from tests.support.clips import make_of_pictures
from tests.support.pixels import LUMA_601, LUMA_709, from_rgb, read_planes, to_rgb
from tests.support.versions import SMALL, make

pytestmark = pytest.mark.media

LUMA_2020 = (0.2627, 0.6780, 0.0593)
PATCHES = {
    "black": (0, 0, 0),
    "red": (190, 20, 20),
    "green": (20, 170, 40),
    "blue": (30, 30, 200),
    "white": (255, 255, 255),
    "skin": (224, 172, 140),
    "grey": (128, 128, 128),
    "yellow": (220, 210, 30),
}
GREYS = (0, 36, 73, 109, 146, 182, 219, 255)
TAGS_601 = ("smpte170m",) * 3
TAGS_709 = ("bt709",) * 3
LOSSLESS = ("-preset", "ultrafast", "-qp", "0")


def tagged(primaries, transfer, matrix, color_range="tv"):
    named = ("-color_primaries", primaries, "-color_trc", transfer, "-colorspace", matrix)
    return (*named, "-color_range", color_range)


def patchwork(colors, size=(320, 180)):
    """Eight upright patches, as an array (height, width, 3) of their values."""
    width, height = size
    picture = np.zeros((height, width, 3))
    for n, color in enumerate(colors):
        picture[:, n * width // 8 : (n + 1) * width // 8] = color
    return picture


def seen_colors(made) -> list:
    """What became of the eight patches, as red, green and blue."""
    planes = read_planes(made.master)
    assert_tagged_709(made.master)
    return [planes.color_at(4, (n + 0.5) * 40, 90, reach=8) for n in range(8)]


def seen_lumas(made) -> list[float]:
    luma = read_planes(made.master).luma[4]
    assert_tagged_709(made.master)
    return [float(luma[60:120, n * 40 + 12 : n * 40 + 28].mean()) for n in range(8)]


def assert_tagged_709(master):
    (picture,) = [s for s in probe(master, settings=FfmpegSettings())["streams"] if "width" in s]
    named = {picture[f"color_{name}"] for name in ("primaries", "transfer", "space")}
    assert (named, picture["color_range"], picture["pix_fmt"]) == ({"bt709"}, "tv", "yuv420p")


def assert_same_colors(seen, wanted, *, within):
    for color, name in zip(seen, wanted, strict=True):
        assert np.abs(color - PATCHES[name]).max() <= within, (name, color.round())


def make_coded(path, ycc, *, pixel_format, bits=8, options=()):
    """Make a clip of 4:4:4 values as they are, brought to `pixel_format` by halving alone."""
    planes = np.round(ycc).astype(np.uint8 if bits == 8 else np.dtype("<u2")).transpose(2, 0, 1)
    return make_of_pictures(
        path,
        np.repeat(planes[None], 10, axis=0),
        pixel_format=("yuvj444p" if "j" in pixel_format else "yuv444p")
        if bits == 8
        else f"yuv444p{bits}le",
        picture_filter=f"format={pixel_format}",
        options=("-pix_fmt", pixel_format, *options),
    )


@pytest.mark.parametrize("pixel_format", ["yuv420p10le", "yuv422p", "yuv422p10le", "yuv444p"])
def test_finer_codings_keep_their_colors(tmp_path, pixel_format):
    bits = 10 if "10" in pixel_format else 8
    ycc = from_rgb(patchwork(PATCHES.values()), bits=bits)
    options = (*LOSSLESS, *tagged(*TAGS_709))
    clip = make_coded(
        tmp_path / "a.mp4", ycc, pixel_format=pixel_format, bits=bits, options=options
    )
    assert_same_colors(seen_colors(make(clip, tmp_path / "out")), PATCHES, within=6)


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv420p10le"])
def test_full_range_becomes_limited(tmp_path, pixel_format):
    """Taken for limited, black would be crushed to 0 and white to 255."""
    bits = 10 if "10" in pixel_format else 8
    greys = patchwork([(grey, 128, 128) for grey in GREYS])
    full = greys * (1023 / 255 if bits == 10 else 1)
    full[..., 1:] = 2 ** (bits - 1)
    options = (*LOSSLESS, *tagged(*TAGS_709, "pc"))
    clip = make_coded(
        tmp_path / "a.mp4", full, pixel_format=pixel_format, bits=bits, options=options
    )
    wanted = [16 + grey * 219 / 255 for grey in GREYS]
    assert seen_lumas(make(clip, tmp_path / "out")) == pytest.approx(wanted, abs=3)


def test_the_full_range_of_mjpeg_becomes_limited(tmp_path):
    """Cameras and telephones of ten years ago write Motion JPEG, which is always full."""
    greys = patchwork([(grey, 128, 128) for grey in GREYS])
    clip = make_coded(
        tmp_path / "a.avi",
        greys,
        pixel_format="yuvj420p",
        options=("-c:v", "mjpeg", "-q:v", "2", "-color_range", "pc", "-c:a", "pcm_s16le"),
    )
    wanted = [16 + grey * 219 / 255 for grey in GREYS]
    assert seen_lumas(make(clip, tmp_path / "out")) == pytest.approx(wanted, abs=3)


@pytest.mark.parametrize("tags", [TAGS_601, ("bt470bg", "gamma28", "bt470bg"), None])
def test_bt601_looks_the_same_in_bt709(tmp_path, tags):
    """Small pictures without a tag are BT.601 too, as players take them."""
    ycc = from_rgb(patchwork(PATCHES.values()), LUMA_601)
    options = (*LOSSLESS, *(tagged(*tags) if tags else ()))
    clip = make_coded(tmp_path / "a.mp4", ycc, pixel_format="yuv420p", options=options)
    assert_same_colors(seen_colors(make(clip, tmp_path / "out")), PATCHES, within=6)


def test_a_large_picture_without_a_tag_is_bt709(tmp_path):
    ycc = from_rgb(patchwork(PATCHES.values(), size=(1280, 720)))
    clip = make_coded(tmp_path / "a.mp4", ycc, pixel_format="yuv420p", options=LOSSLESS)
    assert_same_colors(seen_colors(make(clip, tmp_path / "out")), PATCHES, within=6)


def test_bt709_in_a_small_picture_is_believed(tmp_path):
    ycc = from_rgb(patchwork(PATCHES.values()))
    options = (*LOSSLESS, *tagged(*TAGS_709))
    clip = make_coded(tmp_path / "a.mp4", ycc, pixel_format="yuv420p", options=options)
    assert_same_colors(seen_colors(make(clip, tmp_path / "out")), PATCHES, within=6)


@pytest.mark.parametrize("fit", ["blur", "pad", "crop"])
def test_colors_hold_whatever_fills_the_frame(tmp_path, fit):
    """Each way has its own chain of filters, and each could forget the matrix."""
    ycc = from_rgb(patchwork([PATCHES["red"]] * 8, size=(120, 90)), LUMA_601)
    options = (*LOSSLESS, *tagged(*TAGS_601))
    clip = make_coded(tmp_path / "a.mp4", ycc, pixel_format="yuv420p", options=options)
    profile = SMALL.model_copy(update={"master": SMALL.master.model_copy(update={"fit": fit})})
    color = read_planes(make(clip, tmp_path / "out", profile).master).color_at(4, 160, 90)
    assert np.abs(color - PATCHES["red"]).max() <= 6


def to_2020(linear):
    """Bring linear light from BT.709's primaries to BT.2020's (ITU-R BT.2087)."""
    matrix = [[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]]
    return np.asarray(linear, float) @ np.array(matrix).T


def pq(nits):
    """The coded value of a luminance (SMPTE ST 2084)."""
    y = np.clip(np.asarray(nits, float) / 10_000, 0, 1) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * y) / (1 + 18.6875 * y)) ** 78.84375


def hlg(light):
    """The coded value of scene light, 1 being the peak (ARIB STD-B67)."""
    light = np.clip(np.asarray(light, float), 0, 1)
    upper = 0.17883277 * np.log(np.maximum(12 * light - 0.28466892, 1e-9)) + 0.55991073
    return np.where(light <= 1 / 12, np.sqrt(3 * light), upper)


def hdr_values(transfer: str):
    """Eight patches of a scene: six greys up to diffuse white, one highlight, a red cloth."""
    greys = [0, 2, 8, 26, 80, 203]
    nits = [*((g, g, g) for g in greys), (600, 600, 600), (120, 6, 6)]
    linear = to_2020(nits)
    if transfer == "smpte2084":
        return pq(linear)
    # 203 nits stand at 75 % of HLG's signal (ITU-R BT.2408), which is 0.265 of its light.
    # A display of 1000 nits bends light by a power of 1.2 on the way.
    return hlg((linear / 1000) ** (1 / 1.2))


@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"])
def test_hdr_keeps_its_greys_its_white_and_its_red(tmp_path, transfer):
    coded = patchwork(hdr_values(transfer)) * 255
    ycc = from_rgb(coded, LUMA_2020, bits=10)
    clip = make_coded(
        tmp_path / "a.mp4",
        ycc,
        pixel_format="yuv420p10le",
        bits=10,
        options=(
            *("-c:v", "libx265", "-tag:v", "hvc1", "-preset", "ultrafast"),
            *("-x265-params", "log-level=error:crf=10:pools=1:frame-threads=1"),
            *tagged("bt2020", transfer, "bt2020nc"),
        ),
    )
    made = make(clip, tmp_path / "out")
    lumas, colors = seen_lumas(made), seen_colors(made)
    black, *darker, white, highlight = lumas[:7]
    assert black <= 20
    assert all(b > a + 2 for a, b in pairwise([black, *darker, white])), lumas
    assert 150 <= white <= 235
    assert white <= highlight <= 236
    assert max(np.ptp(color) for color in colors[:7]) <= 8, "greys have no colour"
    assert colors[7][0] > 100
    assert is_red(colors[7])


def is_red(color) -> bool:
    """Tell whether a colour is the red that was filmed: washed out, it is brown or pink."""
    red, green, blue = color
    return max(green, blue) < 0.4 * red


def test_the_coded_values_are_those_of_the_standards():
    """ITU-R BT.2408: diffuse white, 203 cd/m2, is 58 % in PQ and 75 % in HLG."""
    assert hdr_values("smpte2084")[5] == pytest.approx(0.58, abs=0.005)
    assert hdr_values("arib-std-b67")[5] == pytest.approx(0.75, abs=0.005)
    assert pq(10_000) == pytest.approx(1)
    assert hlg(1) == pytest.approx(1, abs=1e-4)


def test_the_measure_tells_a_wrong_matrix():
    """Taken for BT.709, colours of BT.601 are off by more than is allowed, and HDR is pale."""
    colors = np.array([PATCHES[name] for name in ("red", "green", "skin")], float)
    wrong = to_rgb(from_rgb(colors, LUMA_601), LUMA_709)
    assert (np.abs(wrong - colors).max(axis=1) > 12).sum() >= 2
    assert np.abs(to_rgb(from_rgb(colors)) - colors).max() < 1e-6
    for transfer in ("smpte2084", "arib-std-b67"):
        assert not is_red(to_rgb(from_rgb(hdr_values(transfer) * 255, LUMA_2020))[7])

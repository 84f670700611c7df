"""Faults of the picture that the checks' benchmark puts into clean clips."""

from collections.abc import Iterator

from deployments.bench_clips import HEIGHT_PX, WIDTH_PX
from deployments.bench_defects import (
    MILD,
    STRENGTHS,
    Defect,
    during,
    filled,
    held,
    resized,
    words,
)
from deployments.bench_defects_overlay import SUBTITLES, overlay_defects
from models.profile import Limits
from tasks.media.notes import Span

AT_S = 6.0
BLACK, WHITE, LESSON_LUMA = 16, 235, 122
"""Limited range; the last is the lesson's median."""
SHAKE_RMS = 0.63
"""Quadratic mean of a shake of amplitude 1, after the picture is enlarged again."""
LOOKS_SOFT = frozenset({"video.blur", "video.upscaled"})
"""A soft picture may be named by either."""
HIDDEN = frozenset({"video.blank", "video.black", "video.freeze", "video.exposure"})
"""A picture that is covered by a colour may be named by any of these."""


def picture_defects(limits: Limits) -> Iterator[Defect]:
    """Return the faults of the picture: each twice, mild and strong."""
    yield from _of_time(limits)
    yield from _of_form(limits)
    yield from _of_quality(limits)
    yield from _of_motion(limits)
    yield from _of_writing(limits)
    yield from overlay_defects()


def _of_time(limits: Limits) -> Iterator[Defect]:
    for times in STRENGTHS:
        until = AT_S + limits.black_s * times
        black = filled("black", AT_S, until)
        yield Defect("video.black", f"{times:g}x", picture=black, spans=((AT_S, until),))
        until = AT_S + limits.freeze_s * times
        still = held(AT_S, limits.freeze_s * times)
        yield Defect("video.freeze", f"{times:g}x", picture=still, spans=((AT_S, until),))
        until = AT_S + limits.blank_s * times
        blue = filled("0x2040C0", AT_S, until)
        only = frozenset({"video.freeze"})
        yield Defect("video.blank", f"{times:g}x", picture=blue, spans=((AT_S, until),), also=only)
    still = f"{held(AT_S, limits.freeze_s * 2)},noise=alls=3:allf=t"
    grainy: Span = (AT_S, AT_S + limits.freeze_s * 2)
    yield Defect("video.freeze", "grain-on-it", picture=still, spans=(grainy,))
    yield Defect("video.black", "all-of-it", picture=filled("black", 0, 99), also=HIDDEN)
    bars = ("-f", "lavfi", "-i", f"smptehdbars=size={WIDTH_PX}x{HEIGHT_PX}:rate=25")
    shown = f"[0:v][1:v]overlay={during(AT_S, AT_S + 9)}[v]"
    span: Span = (AT_S, AT_S + 9)
    yield Defect("video.blank", "bars", picture=shown, inputs=bars, spans=(span,), also=HIDDEN)


def _of_form(limits: Limits) -> Iterator[Defect]:
    for times in STRENGTHS:
        bar = round(HEIGHT_PX * limits.letterbox_share * times / 2)
        box = f"drawbox=0:0:iw:{bar}:black:fill,drawbox=0:ih-{bar}:iw:{bar}:black:fill"
        yield Defect("video.letterbox", f"{times:g}x", picture=box)
    for strength, shape in (("blurred-4-3", "4/3"), ("blurred-9-16", "9/16")):
        inner = f"[i]crop=ih*{shape}:ih[c]"
        behind = f"[o]scale=iw*2:-2,crop={WIDTH_PX}:{HEIGHT_PX},gblur=sigma=30[b]"
        side = f"[0:v]split[i][o];{inner};{behind};[b][c]overlay=(W-w)/2:0[v]"
        yield Defect("video.letterbox", strength, picture=side, also=LOOKS_SOFT)
    for strength, options in (
        ("told", ("-flags", "+ilme+ildct", "-x264-params", "tff=1")),
        ("untold", ()),
    ):
        fields = "setpts=PTS/2,fps=50,tinterlace=mode=interleave_top,setfield=tff"
        ends = ("-t", "12.4", "-r", "25", *options)
        sound = "atrim=0:12.4"
        yield Defect("video.interlaced", strength, picture=fields, sound=sound, options=ends)
    for strength, transfer in (("hlg", "arib-std-b67"), ("pq", "smpte2084")):
        primaries = ("-color_primaries", "bt2020", "-color_trc", transfer)
        tags = ("-colorspace", "bt2020nc", *primaries, "-pix_fmt", "yuv420p10le")
        yield Defect("video.hdr", strength, picture="null", options=tags)
    for turn in (90, 180):
        flag = ("-metadata:s:v:0", f"rotate={turn}")
        upright = frozenset({"policy.portrait"})
        yield Defect("video.rotated", f"{turn}", options=flag, also=upright)


def _of_quality(limits: Limits) -> Iterator[Defect]:
    for times in STRENGTHS:
        dark = (limits.dark_luma - BLACK) / times / (LESSON_LUMA - BLACK)
        curve = f"16+(val-16)*{dark:.3f}"
        yield Defect("video.exposure", f"dark-{times:g}x", picture=f"lutyuv=y='{curve}'")
        middle = WHITE - (WHITE - limits.bright_luma) / times
        curve = f"min(235,{middle:.0f}+(val-{LESSON_LUMA})*0.3)"
        yield Defect("video.exposure", f"bright-{times:g}x", picture=f"lutyuv=y='{curve}'")
    for strength, sigma in (("mild", 4), ("strong", 8)):
        soft = f"gblur=sigma={sigma},noise=alls=3:allf=t"
        yield Defect("video.blur", strength, picture=soft, also=LOOKS_SOFT)
    for strength, factor in (("half", 2), ("third", 3)):
        soft = resized(f"scale={WIDTH_PX // factor}:-2:flags=area")
        yield Defect("video.upscaled", strength, picture=soft, also=LOOKS_SOFT)
    for lines in (480, 576):
        soft = resized(f"scale=-2:{lines}:flags=area")
        yield Defect("video.upscaled", f"{lines}-lines", picture=soft, also=LOOKS_SOFT)
    # In the lesson's own grain nobody sees blocks of MPEG-4 at a quantiser of 20.
    for base, quantiser in (("shallow", 20), ("lesson", 31)):
        coded = ("-c:v", "mpeg4", "-q:v", str(quantiser))
        also = frozenset({"policy.bit_rate", "policy.codec", "video.blur"})
        yield Defect("video.blocky", f"mpeg4-{quantiser}", base, "null", options=coded, also=also)
    for strength, crf in (("mild", 46), ("strong", 51)):
        coded = ("-crf", str(crf), "-x264-params", "no-deblock=1:aq-mode=0:mbtree=0")
        also = frozenset({"policy.bit_rate", "video.blur"})
        yield Defect("video.blocky", strength, picture="null", options=coded, also=also)
    for strength, color, part in (("green", "0x008800", "ih/2"), ("grey", "0x808080", "ih/4")):
        spans: tuple[Span, ...] = ((8.0, 9.0), (14.0, 15.0))
        boxes = ",".join(
            f"drawbox=x=0:y={part}:w=iw:h=ih:color={color}:t=fill:{during(*span)}" for span in spans
        )
        yield Defect("video.corrupt_frames", strength, picture=boxes, spans=spans)


def _of_motion(limits: Limits) -> Iterator[Defect]:
    moments: Span = (8.0, 12.0)
    for strength, cycle, lit in (("5-a-second", 5, 2), ("12-a-second", 2, 1)):
        flash = f"drawbox=color=white:t=fill:{during(*moments)[:-1]}*lt(mod(n,{cycle}),{lit})'"
        yield Defect("video.flash", strength, picture=flash, spans=(moments,))
    for times in STRENGTHS:
        far = limits.shake_share * times * WIDTH_PX / SHAKE_RMS
        x = f"60+{far:.1f}*(0.6*sin(t*19)+0.4*sin(t*31+1))"
        y = f"34+{far * 0.5:.1f}*(0.6*sin(t*23)+0.4*sin(t*37+2))"
        shaken = resized(f"crop=iw-120:ih-68:x='{x}':y='{y}'")
        yield Defect("video.shake", f"{times:g}x", picture=shaken)
    for strength, cycle, lost in (("every-5th", 5, 1), ("bursts-of-6", 25, 6)):
        span: Span = (5.0, 20.0)
        cut = f"select='not(between(t,{span[0]},{span[1]})*lt(mod(n,{cycle}),{lost}))'"
        kept = f"{cut},fps=25:start_time=0"
        yield Defect("video.dropped_frames", strength, picture=kept)


def _of_writing(limits: Limits) -> Iterator[Defect]:
    for times in (MILD, 2.0):
        long_s = round(limits.long_title_s * times, 2)
        ground = f"drawbox=color=0x7A1518:t=fill:{during(0, long_s)}"
        lines = words("凝心铸魂 共育未来", 80, "(w-tw)/2", "300", (0, long_s))
        card = f"{ground},{lines}"
        yield Defect("video.long_title", f"{times:g}x", "lesson", card, spans=((0.0, long_s),))
    for strength, size in (("small", 34), ("large", 52)):
        lines = ",".join(
            words(line, size, "(w-tw)/2", "h-100", (3 * n + 0.2, 3 * n + 2.8), "borderw=3")
            for n, line in enumerate(SUBTITLES)
        )
        yield Defect("video.burned_subtitles", strength, picture=lines)
    for strength, alpha in (("pale", 0.6), ("full", 1.0)):
        mark = words("抖音 @heji123", 34, "w-tw-40", "36", (0, 999), f"alpha={alpha}:borderw=2")
        yield Defect("video.corner_mark", strength, picture=mark)
    for strength, size in (("small", 170), ("large", 300)):
        span: Span = (8.0, 16.0 if strength == "large" else 13.0)
        shown = f"[1:v]scale={size}:{size}:flags=neighbor[q];[0:v][q]overlay=W-w-60:H-h-60:"
        looped = ("-loop", "1", "-framerate", "25", "-i", "qr.pam")
        graph = f"{shown}{during(*span)}[v]"
        yield Defect("video.qr_code", strength, picture=graph, inputs=looped, spans=(span,))

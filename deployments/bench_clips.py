"""The clean clips of the checks' benchmark: which there are, and the commands that make them.

They are what schools rightly send, and what careless checks take for faults.
"""

import re
from dataclasses import dataclass

from models.settings import FfmpegSettings

WIDTH_PX, HEIGHT_PX, RATE = 1280, 720, 25
TEXT_FONT = "Noto Sans CJK SC"
SOUND_RATE_HZ = 48_000
ENCODER = (
    *("-c:v", "libx264", "-preset", "veryfast", "-crf", "21", "-pix_fmt", "yuv420p", "-g", "50"),
    *("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"),
    *("-c:a", "aac", "-b:a", "160k", "-ar", str(SOUND_RATE_HZ), "-ac", "2"),
    *("-movflags", "+faststart"),
)

GRAIN = "noise=alls=5:allf=t"
"""What a telephone's sensor leaves in good light."""
SEEN = f"scale={WIDTH_PX}:{HEIGHT_PX}:flags=area,{GRAIN}"
FIT = "1920:1080"


def _pan(x: str = "(iw-ow)/2*(1+0.5*sin(t/4))", y: str = "(ih-oh)/2*(1+0.3*sin(t/3))") -> str:
    return f"crop={FIT}:x='{x}':y='{y}'"


def _text(
    words: str, size_px: int, color: str = "white", x: str = "(w-tw)/2", y: str = "h/2"
) -> str:
    font = f"drawtext=font='{TEXT_FONT}':text='{words}'"
    return f"{font}:fontsize={size_px}:fontcolor={color}:x={x}:y={y}"


def _person(behind: str, at: str = "430") -> str:
    """Put the second input, a person, and the third, a hand, before what stands in `behind`."""
    sway = f"x='{at}+16*sin(t*1.1)+5*sin(t*2.7)':y='200+5*sin(t*1.7)'"
    wave = f"x='{at}+330+60*sin(t*2.3)':y='470+70*sin(t*1.9)'"
    return f"{behind}[b];[b][1:v]overlay={sway}[p];[p][2:v]overlay={wave}"


LESSON = f"{_person(f'[0:v]{_pan()},scale={WIDTH_PX}:{HEIGHT_PX}:flags=area')},{GRAIN}"
PAGES = (
    ("一、阅读的力量", "每天晨读二十分钟", "老师只问一个问题", "高年级同学读给低年级听"),
    ("二、山村的课堂", "两个班级同上一节课", "网络连接城市与乡村", "教育公平是同样的机会"),
    ("三、教师的成长", "每周三集体备课", "只谈课 不评人", "一课一研 年年坚持"),
)
PAGE_S = 9.0


def _slides(seconds: float = PAGE_S) -> str:
    """Write pages that stand still for a while, one after the other."""
    words = []
    for number, (title, *lines) in enumerate(PAGES * 2):
        shown = f":enable='between(t,{number * seconds},{(number + 1) * seconds - 0.01})'"
        words.append(_text(title, 64, "0x7A1518", "90", "80") + shown)
        words += [
            _text(f"• {line}", 44, "0x202020", "120", str(230 + 110 * row)) + shown
            for row, line in enumerate(lines)
        ]
        words.append(
            _text(f"{number + 1} / {2 * len(PAGES)}", 26, "0x404040", "1180", "670") + shown
        )
    paper = f"color=0xF2EEE4:size={WIDTH_PX}x{HEIGHT_PX}:rate={RATE}"
    return f"{paper},drawbox=x=0:y=0:w=iw:h=40:color=0x7A1518:t=fill,{','.join(words)}"


def _card(seconds: float, title: str = "凝心铸魂 共育未来") -> str:
    """Show white writing on black at the start."""
    during = f"enable='lt(t,{seconds})'"
    ground = f"drawbox=color=black:t=fill:{during}"
    lines = (_text(title, 76, y="280"), _text("示例第一小学", 40, y="420"))
    return ",".join((ground, *(f"{line}:{during}" for line in lines)))


TICKER = "drawbox=y=ih-60:h=60:color=black@0.6:t=fill," + _text(
    "热烈欢迎各位校长 " * 8, 36, x="w-160*t", y="h-50"
)
POSTER = "drawbox=80:40:260:180:0xE8E0D0:fill," + ",".join(
    (
        _text("阅读角", 56, "0x802020", "110", "60"),
        _text("每天一小时", 34, "0x202020", "110", "150"),
    )
)


def _fade(at_s: float, falls_s: float) -> str:
    turn = at_s + falls_s
    out = f"fade=t=out:st={at_s}:d={falls_s}:enable='between(t,{at_s},{turn})'"
    return f"{out},fade=t=in:st={turn}:d={falls_s}:enable='gte(t,{turn})'"


@dataclass(frozen=True)
class Base:
    """A clean clip."""

    name: str
    about: str
    picture: str
    """Filters of the pictures of `art`, inputs from 0 on; or a source of its own."""
    art: tuple[str, ...] = ()
    sound: str = "speech"
    """A key of `SOUNDS`."""
    sound_filter: str = "anull"
    seconds: int = 16
    right: frozenset[str] = frozenset()
    """What may be said of it, since it is so."""


PEOPLE = ("room", "person", "hand")
CUT_OUT = frozenset({"person", "hand", "lamps"})
"""Pictures that are transparent around what they show."""
BASES = {
    base.name: base
    for base in (
        Base("lesson", "someone speaks before a camera that moves", LESSON, PEOPLE, seconds=25),
        Base("talk", "slides with speech, long", _slides(), seconds=45),
        Base("still-camera", "a tripod: only the person moves", _person(
            f"[0:v]crop={FIT}:200:100,{SEEN}"), ("yard", "person", "hand")),
        Base("title", "writing on black for 4.5 s, then the lesson", f"{LESSON},{_card(4.5)}",
             PEOPLE, sound="music+speech"),
        Base("slides", "pages that stand for 7 s", _slides(7.0), seconds=21),
        Base("speaker-in-slides", "a camera in the corner of slides",
             f"{_slides()}[s];[0:v]{_pan()},scale=320:180,{GRAIN}[c];[s][c]overlay=930:500",
             ("room",)),
        Base("night", "a street at night, lamps lit",
             f"[0:v]{_pan()},scale={WIDTH_PX}:{HEIGHT_PX}:flags=area,"
             "lutyuv=y='16+(val-16)*0.13':u='128+(val-128)*0.5':v='128+(val-128)*0.5'[n];"
             "[n][1:v]overlay=x='20*sin(t)':y=0,noise=alls=5:allf=t", ("yard", "lamps")),
        Base("fade", "a fade through black", f"{LESSON},{_fade(7.0, 1.2)}", PEOPLE),
        Base("breaths", "two pauses of 3 s", LESSON, PEOPLE, sound_filter=
             "volume=0.003:enable='between(t,4,7)+between(t,10,13)'"),
        Base("music", "music alone", f"[0:v]{_pan()},{SEEN}", ("hall",), sound="music",
             right=frozenset({"audio.no_speech"})),
        Base("cuts", "cuts between three scenes every 3 s",
             f"[0:v]{_pan()}[a];[1:v]{_pan('t*30')}[b];[2:v]crop={FIT}:0:0[c];"
             "[a][b]overlay=enable='between(mod(t,9),3,5.99)'[d];"
             f"[d][c]overlay=enable='between(mod(t,9),6,8.99)',{SEEN}", ("room", "yard", "hall")),
        Base("zoom", "a still photograph, zoomed slowly, with a voice-over",
             f"[0:v]scale=w='1280*(1.1+0.012*t)':h=-2:eval=frame,crop={WIDTH_PX}:{HEIGHT_PX}",
             ("yard",), sound="voice-over"),
        Base("drawn", "animation with 12.5 pictures a second",
             f"color=0x9FD3E8:size={WIDTH_PX}x{HEIGHT_PX}:rate=25/2[g];"
             "[g][0:v]overlay=x='500+380*sin(t*1.3)':y='160+60*sin(t*3.1)'[h];"
             "[h][1:v]overlay=x='200+90*t':y='500-120*abs(sin(t*2.5))',fps=25",
             ("person", "hand"), right=frozenset({"video.repeated_frames"})),
        Base("photographers", "a few flashes of cameras",
             f"{LESSON},drawbox=color=white@0.8:t=fill:enable="
             "'between(n,100,101)+between(n,121,122)+between(n,240,241)+between(n,330,331)'",
             PEOPLE),
        Base("hand-held", "held in the hand, gently",
             f"[0:v]{_pan('(iw-ow)/2+90*sin(t*0.7)+7*sin(t*2.9)', '(ih-oh)/2+60*sin(t*0.9+1)')},"
             f"{SEEN}", ("hall",)),
        Base("shallow", "a sharp speaker before a room out of focus",
             _person(f"[0:v]{_pan()},scale={WIDTH_PX}:{HEIGHT_PX}:flags=area,gblur=sigma=9")
             + f",{GRAIN}", PEOPLE),
        Base("grain", "an old film, grainy and without colour",
             f"{LESSON},hue=s=0,noise=alls=8:allf=t", PEOPLE, sound="music+speech"),
        Base("whiteboard", "a bright room, a white board", _person(
            f"color=0xE9E9E6:size={WIDTH_PX}x{HEIGHT_PX}:rate={RATE},"
            "drawbox=60:50:1160:480:0xF4F4F4:fill,drawbox=60:50:1160:480:0x808080:6,"
            + _text("3x + 5 = 20", 80, "0x1A3C8C", "150", "130") + ","
            + _text("x = 5", 80, "0x1A3C8C", "150", "280")).replace("[1:v]", "[0:v]").replace(
                "[2:v]", "[1:v]") + f",{GRAIN}", ("person", "hand")),
        Base("thirty", "made with 30 pictures a second, exported with 25",
             f"[0:v]fps=30,{_pan('t*28')},fps=25,{SEEN}", ("hall",)),
        Base("ticker", "a line of writing runs below", f"[0:v]{_pan()},{SEEN},{TICKER}", ("hall",)),
        Base("poster", "a poster on the wall, behind someone who speaks before a tripod",
             f"[0:v]crop={FIT}:200:100,scale={WIDTH_PX}:{HEIGHT_PX}:flags=area,{POSTER}[w];"
             + _person("[w]gblur=sigma=1.2") + f",{GRAIN}", ("yard", "person", "hand")),
        Base("applause", "applause after speech", LESSON, PEOPLE, sound="speech+applause"),
    )
}  # fmt: skip


def build_base(base: Base, sound: str, name: str, settings: FfmpegSettings) -> list[str]:
    """Return the command that makes the file `name` of pictures `<art>.pam` and `sound`."""
    pictures = [word for name in base.art for word in ("-i", f"{name}.pam")]
    repeated = "".join(f"[{n}:v]{stands(name)}[art{n}];" for n, name in enumerate(base.art))
    shown = re.sub(r"\[(\d):v\]", r"[art\1]", base.picture)
    graph = f"{repeated}{shown}[v];[{len(base.art)}:a]{base.sound_filter}[a]"
    return ffmpeg(
        settings,
        *pictures,
        *("-i", sound, "-filter_complex", graph, "-map", "[v]", "-map", "[a]"),
        *("-t", str(base.seconds), *ENCODER, name),
    )


def stands(art: str) -> str:
    """Write filters that make a clip without end of one picture, which is read once."""
    form = "yuva420p" if art in CUT_OUT else "yuv420p"
    return f"format={form},loop=loop=-1:size=1,setpts=N/({RATE}*TB)"


def build_conformed(source: str, seconds: int, name: str, settings: FfmpegSettings) -> list[str]:
    """Return the command that makes a clip of the usual form of any file, as long as that lasts."""
    fill = f"scale={WIDTH_PX}:{HEIGHT_PX}:force_original_aspect_ratio=increase"
    shape = f"{fill},crop={WIDTH_PX}:{HEIGHT_PX},setsar=1,fps={RATE},format=yuv420p"
    return ffmpeg(
        settings,
        *("-i", source, "-map", "0:v:0", "-map", "0:a:0", "-vf", shape),
        *("-t", str(seconds), *ENCODER, name),
    )


def build_lengthened(source: str, seconds: int, name: str, settings: FfmpegSettings) -> list[str]:
    """Return the command that repeats a clip of ours; other files may have no clock to repeat."""
    length = ("-t", str(seconds), *ENCODER, name)
    return ffmpeg(settings, "-stream_loop", "-1", "-i", source, *length)


def ffmpeg(settings: FfmpegSettings, *arguments: str) -> list[str]:
    """Return a command of ffmpeg that overwrites and says little."""
    return [settings.ffmpeg, "-nostdin", "-hide_banner", "-nostats", "-y", *arguments]

"""Sample works for the demo: made on the spot, so that nothing has to be downloaded or licensed.

Moving pictures come from ffmpeg's own sources, speech from espeak-ng, names from nobody. Three
works are as a campaign wants them; the others each carry a fault that a real upload may have.
"""

import json
import logging
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from models.settings import FfmpegSettings, Settings
from tasks.adapters.ffmpeg import run_command, run_ffmpeg
from tasks.adapters.scratch import scratch_folder
from tasks.media.keys import SIDECAR_SUFFIX, fingerprint

log = logging.getLogger(__name__)

TIME_LIMIT_S = 600.0
TITLE = (
    "drawtext=font='Noto Sans CJK SC':textfile=title.txt:fontsize='min(w,h)/12':fontcolor=white"
    ":line_spacing=30:box=1:boxcolor=black@0.55:boxborderw=24:x=(w-tw)/2:y=(h-th)/2"
)
ENCODER = (
    *("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "50"),
    *("-b:v", "9M", "-minrate", "9M", "-maxrate", "9M", "-bufsize", "9M"),
    *("-x264-params", "nal-hrd=cbr"),
)
SOUND = ("-c:a", "aac", "-b:a", "192k", "-ar", "48000", "-ac", "2")
CONTAINER = ("-movflags", "+faststart", "-f", "mp4")


@dataclass(frozen=True)
class Sample:
    """One work as a school would send it."""

    path: str
    """Below the campaign in the inbox: <省>/<市>/<file name>."""
    title: str
    """Drawn into the picture."""
    speech: str
    """What espeak-ng says, in English; empty makes a work without sound."""
    picture: str
    """A source for ffmpeg's lavfi input, at its full size."""
    seconds: int
    filters: tuple[str, ...] = ()
    """What happens to the titled picture."""
    rotation_deg: int = 0
    """Written into the file for players to apply, anticlockwise."""
    options: tuple[str, ...] = ()
    loudness_lufs: float = -24.0
    sidecar: dict[str, str] = field(default_factory=dict)


SAMPLES = (
    Sample(
        path="浙江省/杭州市/浙江省-杭州市-示例第一小学-示例校长甲-铸魂育人从晨读开始.mp4",
        title="铸魂育人从晨读开始\n示例第一小学",
        speech=(
            "Good morning, and welcome to our school. Every day begins with twenty minutes of "
            "reading aloud. The children choose the story, and the older pupils read to the "
            "younger ones. A teacher listens, asks one question, and lets them think. We have "
            "done this for ten years. Reading together builds character, patience and trust. "
            "It costs nothing, and it changes how the whole day feels."
        ),
        picture="testsrc2=size=1920x1080:rate=25",
        seconds=31,
    ),
    Sample(
        path="云南省/昆明市/云南省－昆明市－示例山村学校－示例校长乙－教育公平在山村课堂.mp4",
        title="教育公平在山村课堂\n示例山村学校",
        speech=(
            "Our school stands high in the mountains, two hours from the next town. For a long "
            "time we had no music teacher and no science room. Today our pupils share lessons "
            "with a city school over the network. Both classes ask questions, and both classes "
            "learn. A fair education does not mean the same building. It means the same chance "
            "for every child, wherever that child may live."
        ),
        picture="mandelbrot=size=320x180:rate=25:end_scale=0.002,scale=1920:1080:flags=fast_bilinear",
        seconds=31,
    ),
    Sample(
        path="四川省/成都市/四川省-成都市-示例实验中学-示例校长丙-课堂里的新问题.mp4",
        title="课堂里的新问题\n示例实验中学",
        speech=(
            "Last year we changed the way our lessons begin. The teacher no longer gives the "
            "answer first. Each lesson opens with a problem from daily life. Pupils work in "
            "small groups, write down three ideas, and test one of them. Some ideas fail, and "
            "that is part of the lesson. After one year our pupils ask more questions than "
            "their teachers, and their teachers are proud of it."
        ),
        picture="life=size=480x270:rate=25:mold=12:ratio=0.3:seed=7:life_color=#E8B84A"
        ":death_color=#7A1518:mold_color=#123456,scale=1920:1080:flags=neighbor",
        seconds=31,
        sidecar={"话题": "教育改革", "学段": "初中", "职务": "校长"},
    ),
    Sample(  # a telephone held upright: coded on its side, with a note to turn it
        path="河南省/郑州市/河南省_郑州市_示例幼儿园_示例园长丁_党的领导照亮童年.mp4",
        title="党的领导照亮童年\n示例幼儿园",
        speech=(
            "In our kindergarten the youngest children plant a small garden. They water it, "
            "they wait, and they share what they grow. They learn to care for one another."
        ),
        picture="testsrc2=size=1080x1920:rate=25",
        filters=("transpose=clock",),
        rotation_deg=90,
        seconds=13,
    ),
    Sample(  # an old camera's shape, and a second sound track that nobody asked for
        path="甘肃省/兰州市/甘肃省+兰州市+示例特殊教育学校+示例校长戊+强师兴校一课一研.mp4",
        title="强师兴校一课一研\n示例特殊教育学校",
        speech=(
            "Good teachers make a good school. Every Wednesday our teachers watch one lesson "
            "together and talk about it for an hour. Nobody is judged, and everybody learns."
        ),
        picture="gradients=size=1440x1080:rate=25:c0=#7A1518:c1=#E8B84A:nb_colors=2:seed=11"
        ":speed=0.03",
        filters=("noise=alls=12:allf=t",),
        options=("-map", "1:a"),
        seconds=13,
    ),
    Sample(  # a screen recorder that drops frames as it likes
        path="广东省/深圳市/广东省＿深圳市＿示例职业学校＿示例校长己＿教育改革走进车间.mp4",
        title="教育改革走进车间\n示例职业学校",
        speech=(
            "Our students spend two days a week in a real workshop. They repair engines, they "
            "read plans, and they meet the people who will one day work beside them."
        ),
        picture="testsrc2=size=1920x1080:rate=30",
        filters=("select='mod(n\\,7)*mod(n\\,11)'",),
        options=("-fps_mode", "vfr"),
        seconds=14,
    ),
    Sample(  # to mend: three seconds of black, and far too quiet
        path="黑龙江省/哈尔滨市/黑龙江省-哈尔滨市-示例第三小学-示例校长庚-教育公平的冬天.mp4",
        title="教育公平的冬天\n示例第三小学",
        speech=(
            "Winter is long in our city, and some children live far away. So the school bus "
            "starts early, the kitchen is warm, and nobody begins the day hungry or cold."
        ),
        picture="testsrc2=size=1920x1080:rate=25",
        filters=("drawbox=color=black:t=fill:enable='between(t,5,8)'",),
        loudness_lufs=-38.0,
        seconds=14,
    ),
    Sample(  # refused: no sound at all
        path="海南省/海口市/海南省-海口市-示例海边学校-示例校长辛-铸魂育人听海.mp4",
        title="铸魂育人听海\n示例海边学校",
        speech="",
        picture="mandelbrot=size=320x180:rate=25:end_scale=0.01,scale=1920:1080:flags=fast_bilinear",
        seconds=8,
    ),
    Sample(  # a name that tells nothing
        path="陕西省/西安市/最终版视频2.mp4",
        title="党的领导与一所老学校\n示例老学校",
        speech=(
            "This is an old school with a new library. The community built it together, one "
            "shelf at a time, and the doors are open to every family in the evening."
        ),
        picture="life=size=480x270:rate=25:mold=20:ratio=0.2:seed=3:life_color=#FFF4D6"
        ":death_color=#123456:mold_color=#4A0A0C,scale=1920:1080:flags=neighbor",
        seconds=12,
    ),
)


def samples_folder(
    settings: Settings,
    samples: Sequence[Sample] = SAMPLES,
    on_made: Callable[[str], None] = log.info,
) -> Path:
    """Return a folder that holds `samples`; only those that don't stand there yet are made.

    The folder is named by what the samples are, so the bytes of a sample never change under its
    path and a second demo uploads what the first one did.

    Raises:
        CommandFailed, CommandTimedOut, Unavailable: a sample can't be made here.
    """
    folder = settings.home / "samples" / fingerprint({"samples": [asdict(s) for s in samples]})
    for sample in samples:
        target = folder / sample.path
        if target.is_file():
            continue
        on_made(target.name)
        with scratch_folder(settings, "sample", needs_bytes=100_000_000) as scratch:
            made = make_sample(sample, scratch, settings.ffmpeg)
            _place(sample, made, target)
    return folder


def make_sample(sample: Sample, folder: Path, settings: FfmpegSettings) -> Path:
    """Make one sample in `folder` and return its file."""
    (folder / "title.txt").write_text(sample.title, encoding="utf-8")
    if sample.speech:
        (folder / "speech.txt").write_text(sample.speech, encoding="utf-8")
        run_command(
            ["espeak-ng", "-v", "en-us", "-s", "130", "-f", "speech.txt", "-w", "speech.wav"],
            folder=folder,
            timeout_s=60,
        )
    for arguments in build_commands(sample):
        run_ffmpeg(arguments, settings=settings, folder=folder, timeout_s=TIME_LIMIT_S)
    return folder / "sample.mp4"


def build_commands(sample: Sample) -> list[list[str]]:
    """Return what ffmpeg is told, in order, to make `sample` out of its title and speech files."""
    pictures = ",".join((sample.picture, TITLE, *sample.filters))
    made = "turned.mp4" if sample.rotation_deg else "sample.mp4"
    making = ["-f", "lavfi", "-i", pictures]
    if sample.speech:
        level = f"loudnorm=I={sample.loudness_lufs}:TP=-3:LRA=7"
        making += ["-i", "file:speech.wav", "-af", f"{level},apad", *SOUND]
        making += ["-map", "0:v", "-map", "1:a"]
    making += ["-t", str(sample.seconds), *ENCODER, *sample.options, *CONTAINER, made]
    if not sample.rotation_deg:
        return [making]
    # ffmpeg 5.1 writes a rotation only where it copies.
    rotation = ("-c", "copy", "-metadata:s:v:0", f"rotate={sample.rotation_deg}")
    return [making, ["-i", f"file:{made}", *rotation, *CONTAINER, "sample.mp4"]]


def _place(sample: Sample, made: Path, target: Path) -> None:
    """Put a finished sample under its name in one move, its sidecar first."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if sample.sidecar:
        words = json.dumps(sample.sidecar, ensure_ascii=False, indent=1)
        sidecar = target.with_name(target.name + SIDECAR_SUFFIX)
        sidecar.write_text(words, encoding="utf-8")
    arrived = target.with_name(f".{target.name}")
    shutil.move(made, arrived)
    arrived.rename(target)

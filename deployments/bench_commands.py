"""What the media benchmark tells ffmpeg, as data: sources, bare commands, a naive pipeline.

The bare commands are the least that anybody can pay for the same bytes. The naive pipeline is the
script that one would write first: a process for each question and step.
"""

import json
import math
from collections.abc import Sequence
from fractions import Fraction

from models.profile import CampaignProfile, LoudnessTarget, MasterSpec
from models.settings import FfmpegSettings
from tasks.media.encoding import audio_encoder_options, command_line, video_encoder_options

ENCODED = "encoded.mp4"
SOURCE_RATE_KBPS = 9_000
DETECTORS = ("blackdetect", "freezedetect", "cropdetect", "fps=2,signalstats", "idet")
SPEECH = ("-vn", "-ac", "1", "-ar", "16000", "-codec:a", "pcm_s16le", "speech.wav")
STILLS = ("-an", "-vf", "fps=2,scale=640:-2", "-q:v", "3", "still-%06d.jpg")
NOWHERE = ("-f", "null", "-")


def source_spec(profile: CampaignProfile, frame_rate: Fraction | None = None) -> MasterSpec:
    """Return how a source is encoded: as the profile's master, at another frame rate if given."""
    rate = frame_rate or profile.master.frame_rate
    changes = {"frame_rate": rate, "max_rate_kbps": SOURCE_RATE_KBPS}
    return profile.master.model_copy(update=changes)


def build_clip(spec: MasterSpec, settings: FfmpegSettings, seconds: int, name: str) -> list[str]:
    """Return the command that makes a clip as a camera sees: a picture that sways, with noise."""
    width, height, rate = spec.width_px, spec.height_px, spec.frame_rate
    swing = f"sin(t*{math.tau / seconds:.6f})"  # ends where it began, so that it can be repeated
    scene = f"size={width * 9 // 8}x{height * 9 // 8}:start_scale=0.4:end_scale=0.4"
    filters = (
        f"mandelbrot={scene}:rate={rate}",
        "trim=end_frame=1",
        "gblur=sigma=1.5",
        "loop=loop=-1:size=1",
        f"setpts=N/({rate}*TB)",
        f"crop={width}:{height}:(iw-ow)/2*(1+{swing}):(ih-oh)/2*(1+{swing})",
        "noise=alls=6:allf=t",
        "format=yuv420p",
    )
    picture = ("-f", "lavfi", "-i", ",".join(filters), "-t", str(seconds))
    return _ffmpeg(settings, *picture, *command_line(video_encoder_options(spec)), name)


def build_source(
    clip: str,
    times: int,
    spec: MasterSpec,
    loudness: LoudnessTarget,
    settings: FfmpegSettings,
    seconds: int,
    name: str,
) -> list[str]:
    """Return the command that repeats a clip, `times` in all, to a source and gives it sound."""
    # Pink noise of this amplitude measures -24 LUFS.
    level_db = loudness.integrated_lufs + 24
    sound = f"anoisesrc=color=pink:amplitude=0.355:seed=7:sample_rate={spec.audio_rate_hz}"
    return _ffmpeg(
        settings,
        *("-stream_loop", str(times - 1), "-i", clip),
        *("-f", "lavfi", "-t", str(seconds), "-i", f"{sound},volume={level_db}dB"),
        *("-map", "0:v", "-map", "1:a", "-codec:v", "copy"),
        *command_line(audio_encoder_options(spec)),
        *("-movflags", "+faststart", name),
    )


def build_bare_encode(source: str, spec: MasterSpec, settings: FfmpegSettings) -> list[str]:
    """Return the command that encodes to the master's settings and does nothing else."""
    return _ffmpeg(settings, "-i", source, *_master(spec))


def build_bare_decode(source: str, settings: FfmpegSettings) -> list[str]:
    """Return the command that decodes and does nothing else."""
    return _ffmpeg(settings, "-i", source, *NOWHERE)


def build_naive_checks(
    source: str, loudness: LoudnessTarget, settings: FfmpegSettings
) -> list[list[str]]:
    """Return a command for each thing to know or to take from the source; loudness comes last."""
    each = [["-an", "-vf", detector, *NOWHERE] for detector in DETECTORS]
    each += [[*NOWHERE]]  # what can't be decoded
    each += [["-vn", "-af", meter, *NOWHERE] for meter in ("silencedetect", "astats")]
    each += [[*STILLS], [*SPEECH]]
    each += [["-vn", "-af", _loudnorm(loudness), *NOWHERE]]
    probing = _ffprobe(settings, source)
    return [probing, *(_ffmpeg(settings, "-i", source, *arguments) for arguments in each)]


def build_naive_master(
    source: str,
    profile: CampaignProfile,
    settings: FfmpegSettings,
    heard: Sequence[str],
) -> list[list[str]]:
    """Return the commands that encode, normalise and prove; `heard` is what loudnorm printed."""
    levels = read_loudnorm(heard)
    measured = ":".join(f"measured_{name}={value}" for name, value in levels.items())
    level = f"{_loudnorm(profile.loudness)}:linear=true:{measured}"
    return [
        _ffmpeg(settings, "-i", source, "-af", level, *_master(profile.master)),
        _ffprobe(settings, ENCODED),
        _ffmpeg(settings, "-i", ENCODED, "-vn", "-af", "ebur128=peak=true", *NOWHERE),
    ]


def read_loudnorm(lines: Sequence[str]) -> dict[str, str]:
    """Return what loudnorm's first pass measured, under the names that its second pass takes."""
    start = max(n for n, line in enumerate(lines) if line.strip() == "{")
    end = next(n for n, line in enumerate(lines) if n > start and line.strip() == "}")
    told = json.loads("".join(lines[start : end + 1]))
    names = {"I": "input_i", "TP": "input_tp", "LRA": "input_lra", "thresh": "input_thresh"}
    return {name: told[key] for name, key in names.items()}


def _loudnorm(loudness: LoudnessTarget) -> str:
    peak = loudness.true_peak_dbtp
    return f"loudnorm=I={loudness.integrated_lufs}:TP={peak}:LRA=7:print_format=json"


def _master(spec: MasterSpec) -> list[str]:
    picture, sound = video_encoder_options(spec), audio_encoder_options(spec)
    return [*command_line({**picture, **sound}), "-movflags", "+faststart", ENCODED]


def _ffmpeg(settings: FfmpegSettings, *arguments: str) -> list[str]:
    return [settings.ffmpeg, "-nostdin", "-hide_banner", "-nostats", "-y", *arguments]


def _ffprobe(settings: FfmpegSettings, name: str) -> list[str]:
    asked = ("-v", "error", "-show_format", "-show_streams", "-of", "json")
    return [settings.ffprobe, *asked, name]

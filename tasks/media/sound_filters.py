"""What is done to a sound between decoder and encoder or meter, as ffmpeg-python streams."""

from typing import Any

import ffmpeg

from models.profile import MasterSpec
from tasks.media.loudness import GainPlan

RATE_HZ = 48_000
METER_SAMPLES = 4800
"""The meters speak once in so many samples: what they write costs more than what they measure."""
SILENT_AT_LEAST_S = 0.5
SPEECH_RATE_HZ = 16_000
MOST_AWAY_S = 0.04
"""A frame: sound that is farther from its place is cut or filled with silence; ffmpeg's own 0.1 s
would leave it two frames and a half beside the picture."""

Stream = Any  # ffmpeg-python ships no types


def in_place(sound: Stream) -> Stream:
    """Turn gaps and a late start into silence: the sound keeps its place beside the picture."""
    kept = {"async": 1, "first_pts": 0, "min_hard_comp": MOST_AWAY_S}
    return sound.filter("aresample", RATE_HZ, **kept).filter(
        "aformat", sample_fmts="flt", channel_layouts="stereo"
    )


def levelled(stream: Stream, gain: GainPlan, spec: MasterSpec) -> Stream:
    """Apply a gain plan to sound at 48 kHz."""
    if gain.heard_side is not None:
        side = f"c{gain.heard_side}"  # `<` for `=`: ffmpeg-python would escape the latter away
        stream = stream.filter("pan", f"stereo|c0<{side}|c1<{side}")
    stream = stream.filter("volume", f"{gain.gain_db:.3f}dB", precision="float")
    if gain.ceiling_dbtp is not None:
        # Peaks between samples show at four times the rate.
        stream = stream.filter("aresample", 4 * RATE_HZ).filter(
            "alimiter",
            limit=f"{10 ** (gain.ceiling_dbtp / 20):.6f}",
            attack=5,
            release=50,
            level="disabled",
        )
    return stream.filter("aresample", spec.audio_rate_hz)


def metered(stream: Stream, silence_dbfs: float, notes: str) -> Stream:
    """Measure loudness, peaks, level of each side and silences into a file of notes."""
    measured = (
        stream.filter("asetnsamples", METER_SAMPLES, p=0)
        .filter("astats", metadata=1, measure_perchannel="RMS_level", measure_overall="none")
        .filter("ebur128", metadata=1, peak="true", framelog="verbose")
        .filter("silencedetect", n=f"{silence_dbfs}dB", d=SILENT_AT_LEAST_S)
        .filter("ametadata", mode="print", file=notes)
    )
    return ffmpeg.output(measured, "-", f="null")

"""The benchmark's commands are what a row says they are."""

from fractions import Fraction
from pathlib import Path

import pytest

from deployments.bench_commands import (
    build_bare_encode,
    build_naive_checks,
    build_naive_master,
    read_loudnorm,
    source_spec,
)
from deployments.bench_media import OTHER_RATE
from deployments.bench_runs import Ground
from models.profile import CampaignProfile, LoudnessTarget, MasterSpec
from models.settings import FfmpegSettings, Settings
from tasks.adapters.ffmpeg import probe, run_command
from tasks.adapters.packets import read_packets
from tasks.media.encoding import command_line, video_encoder_options

FFMPEG = FfmpegSettings()
PROFILE = CampaignProfile(name="bench", revision="1", title="t")
HEARD = (
    "Stream mapping: {not this}",
    "[Parsed_loudnorm_0 @ 0x1]",
    "{",
    '\t"input_i" : "-31.20",',
    '\t"input_tp" : "-9.13",',
    '\t"input_lra" : "2.10",',
    '\t"input_thresh" : "-41.70",',
    '\t"normalization_type" : "dynamic"',
    "}",
)


def test_the_bare_encode_has_the_masters_settings():
    command = build_bare_encode("in.mp4", PROFILE.master, FFMPEG)
    wanted = command_line(video_encoder_options(PROFILE.master))
    start = command.index(wanted[0])
    assert command[start : start + len(wanted)] == wanted
    assert "+faststart" in command


def test_a_script_asks_each_question_in_a_process_of_its_own():
    commands = build_naive_checks("in.mp4", PROFILE.loudness, FFMPEG)
    told = [" ".join(command) for command in commands]
    assert told[0].startswith("ffprobe")
    detectors = ("blackdetect", "freezedetect", "cropdetect", "signalstats", "idet")
    for name in (*detectors, "silencedetect", "astats", "still-", "speech.wav", "loudnorm"):
        assert sum(name in command for command in told) == 1, name
    assert "loudnorm" in told[-1]


def test_a_script_doesnt_decode_what_a_question_isnt_about():
    told = [" ".join(c) for c in build_naive_checks("in.mp4", PROFILE.loudness, FFMPEG)]
    both = [c for c in told if c.startswith("ffmpeg") and not ("-an" in c or "-vn" in c)]
    assert len(both) == 1  # what can't be decoded


def test_the_second_pass_of_loudnorm_takes_what_the_first_printed():
    assert read_loudnorm(HEARD) == {
        "I": "-31.20",
        "TP": "-9.13",
        "LRA": "2.10",
        "thresh": "-41.70",
    }
    encode, *proofs = build_naive_master("in.mp4", PROFILE, FFMPEG, HEARD)
    level = encode[encode.index("-af") + 1]
    assert "measured_I=-31.20" in level
    assert "linear=true" in level
    assert [command[0] for command in proofs] == ["ffprobe", "ffmpeg"]


def test_a_source_differs_from_the_master_in_its_rate_alone():
    spec = source_spec(PROFILE, OTHER_RATE)
    assert spec.frame_rate != PROFILE.master.frame_rate
    assert source_spec(PROFILE).frame_rate == PROFILE.master.frame_rate
    same = {"frame_rate": Fraction(25), "max_rate_kbps": 1}
    assert spec.model_copy(update=same) == MasterSpec(max_rate_kbps=1)


@pytest.mark.media
@pytest.mark.parametrize("rate", [None, OTHER_RATE])
def test_a_source_is_as_long_as_asked_though_its_clip_is_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rate: Fraction | None
):
    monkeypatch.setattr("deployments.bench_runs.LONGEST_CLIP_S", 1)
    small = PROFILE.master.model_copy(
        update={"width_px": 320, "height_px": 180, "gop_s": Fraction(1)}
    )
    loudness = LoudnessTarget(integrated_lufs=-23)
    profile = PROFILE.model_copy(update={"master": small, "loudness": loudness})
    ground = Ground(tmp_path, Settings(), profile, lambda _: None)
    with ground.footage(3, rate) as footage:
        packets = read_packets(footage.path, 0, settings=FFMPEG)
        streams = probe(footage.path, settings=FFMPEG)["streams"]
        heard = run_command(
            ["ffmpeg", "-i", str(footage.path), "-af", "ebur128", "-f", "null", "-"],
            folder=tmp_path,
            timeout_s=60,
        ).stderr_lines
    assert not footage.path.exists()
    assert packets.count == 3 * (rate or 25)
    assert packets.key_interval_max_s == pytest.approx(1, abs=0.001)
    assert [float(s["duration"]) for s in streams] == pytest.approx([3, 3], abs=0.03)
    levels = [line.split()[-2] for line in heard if line.strip().startswith("I:")]
    assert float(levels[-1]) == pytest.approx(-23, abs=0.5)

"""The one pass as data: what is decoded, how often, and what hangs on it."""

from dataclasses import replace

import pytest

from models.media import AudioStream
from models.profile import Limits
from models.settings import FfmpegSettings
from tasks.media.conforming import MasterPlan, revised
from tasks.media.graph import (
    build_check_pass,
    build_comparison,
    build_copy,
    build_levelling,
    build_master_pass,
    build_sound_choice,
    build_sound_pass,
)
from tasks.media.watching import plan_watch
from tests.tasks.media.test_conforming import INTERLACED, PROFILE, plan
from tests.tasks.media.test_verification import made

SETTINGS = FfmpegSettings()
DEMUXERS = "mov,mp4"
DETECTORS = ("cropdetect", "idet")
WATCH = plan_watch(plan().picture, made().picture, None, 100.0)


def arguments(planned: MasterPlan) -> list[str]:
    return build_master_pass(planned, SETTINGS, DEMUXERS, WATCH)


def graph_of(command: list[str]) -> str:
    return command[command.index("-filter_complex") + 1]


ENCODED = plan(info=made(codec="hevc"))


@pytest.mark.parametrize(
    "command",
    [arguments(ENCODED), build_check_pass(ENCODED.picture, SETTINGS, DEMUXERS, WATCH)],
    ids=["encoded", "watched"],
)
def test_one_process_decodes_the_upload_once_for_everything(command):
    assert command.count("-i") == 1
    graph = graph_of(command)
    assert graph.count("[0:0]") == 1
    for detector in DETECTORS:
        assert graph.count(f"]{detector}") == 1, detector
    at_full_rate, sampled = (n for n in graph.split(";") if "scale=640:360" in n)
    assert "fast_bilinear" in at_full_rate
    before = graph[: graph.index(sampled)]
    assert "fps=fps=2.0" in before.rsplit(";", 2)[-2]


def test_an_upload_is_never_opened_without_its_white_lists():
    sound = AudioStream(index=1)
    for command in (
        arguments(ENCODED),
        build_copy(plan(), SETTINGS, DEMUXERS),
        build_check_pass(ENCODED.picture, SETTINGS, DEMUXERS, WATCH),
        build_sound_pass(sound, Limits(), SETTINGS, DEMUXERS),
        build_sound_choice((sound,), Limits(), SETTINGS, DEMUXERS),
        build_levelling(ENCODED, 100, SETTINGS, DEMUXERS),
    ):
        upload = command.index("file:input.bin")
        before = command[:upload]
        assert before[before.index("-protocol_whitelist") + 1] == "file"
        assert before[before.index("-format_whitelist") + 1] == DEMUXERS
        assert "-max_pixels" in before
        assert "-t" in before


def test_a_copy_neither_encodes_nor_compares():
    command = build_copy(plan(), SETTINGS, DEMUXERS)
    assert command.count("copy") == 2
    assert "-filter_complex" not in command
    assert "libx264" not in command
    assert "reference.nut" not in command
    assert "h264_metadata" not in " ".join(command)
    labelled = build_copy(plan(info=made(color_space=None)), SETTINGS, DEMUXERS)
    assert any(part.startswith("h264_metadata=") for part in labelled)


def test_an_encode_keeps_the_windows_it_will_be_compared_on():
    command = arguments(ENCODED)
    assert "libx264" in command
    assert command[command.index("reference.nut") - 1] == "10"
    assert "select=between(n\\,25\\,29)+between(n\\,75\\,79)" in graph_of(command)
    comparison = build_comparison(ENCODED.windows, PROFILE.master)
    assert comparison.count("file:conformed.mp4") == 2
    assert "concat=n=2" in graph_of(comparison)


def test_lines_are_looked_at_before_the_picture_is_turned():
    turned = arguments(plan(info=made(rotation_deg=90, is_mirrored=True)))
    graph = graph_of(turned)
    idet_chain = next(part for part in graph.split(";") if "idet" in part)
    assert "transpose" not in idet_chain
    assert graph.count("hflip") == graph.count("transpose=clock") == 1
    assert "-noautorotate" in turned


def test_deinterlacing_follows_the_lines_not_the_flags():
    again = revised(ENCODED, INTERLACED, 0)
    graph = graph_of(arguments(again))
    chain = graph[: graph.index("bwdif")]
    assert chain.rfind("idet") > chain.rfind("crop=")
    assert "bwdif" not in graph_of(arguments(ENCODED))


def test_silence_comes_from_nowhere_and_is_as_long_as_the_picture():
    silent = replace(ENCODED, sound=replace(ENCODED.sound, stream_index=None))
    command = arguments(silent)
    assert any(part.startswith("anullsrc") for part in command)
    assert "atrim=end_sample=192000" in graph_of(command)

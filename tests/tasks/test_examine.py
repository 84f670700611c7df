"""What is known of an upload before it is decoded, from files as they come."""

import pytest

from models.errors import SourceRefused
from models.profile import CampaignProfile
from models.settings import Settings
from models.work import Source
from tasks.examine import examine_source
from tasks.media.graph import INPUT
from tests.support.clips import make_clip, make_rotated, run_here

PROFILE = CampaignProfile(name="test", revision="1", title="试")
KEY = ("-encryption_key", "76a6c65c5ea762046bd749a2e632ccbb")
KID = ("-encryption_kid", "a7e61c373e219033c21091fa607bf3b8")
ENCRYPTED = ("-encryption_scheme", "cenc-aes-ctr", *KEY, *KID)


def examined(path):
    size = path.stat().st_size
    source = Source(
        campaign="test", key=path.name, file_name=path.name, etag="", size_bytes=size, sha256=""
    )
    path.rename(path.with_name(INPUT))
    return examine_source.fn(source, path.parent, PROFILE, Settings())


def found(path):
    return {f.check: f for f in examined(path).findings}


def test_an_ordinary_clip_has_nothing_to_tell(tmp_path):
    assert found(make_clip(tmp_path / "clip.mp4")) == {}


@pytest.mark.parametrize("fragments", [(), ("-movflags", "+frag_keyframe+empty_moov")])
def test_an_encrypted_file_is_refused_by_name(tmp_path, fragments):
    path = make_clip(tmp_path / "clip.mp4", options=(*ENCRYPTED, *fragments))
    with pytest.raises(SourceRefused) as refused:
        examined(path)
    assert refused.value.check == "container.encrypted"
    assert refused.value.reason == "画面、声音"


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_sound_that_was_shifted_starts_late(tmp_path, suffix):
    picture = make_clip(tmp_path / "v.mp4", sound=None)
    sound = make_clip(tmp_path / "a.mp4", picture=None)
    late = tmp_path / f"late.{suffix}"
    inputs = ["-i", f"file:{picture.name}", "-itsoffset", "0.3", "-i", f"file:{sound.name}"]
    run_here(late, [*inputs, "-c", "copy", f"file:{late.name}"])
    finding = found(late)["timing.av_start"]
    assert finding.severity == "warn"
    assert finding.measured in ("声音比画面晚 0.30 秒开始", "声音比画面晚 0.28 秒开始")  # priming


def test_frames_that_were_left_out_are_a_gap(tmp_path):
    left_out = ("-fps_mode", "vfr")
    path = make_clip(
        tmp_path / "clip.mp4",
        seconds=6,
        picture_filter="select='not(between(t,2,2.8))'",
        options=left_out,
    )
    finding = found(path)["timing.gaps"]
    assert (finding.start_s, finding.end_s) == pytest.approx((1.96, 2.84), abs=0.05)


def test_a_clock_beside_the_samples_is_drift(tmp_path):
    stretched = ("-bsf:a", "setts=pts=PTS*1.02:dts=DTS*1.02")
    path = make_clip(tmp_path / "clip.mp4", seconds=8, options=stretched)
    assert "0.1" in found(path)["timing.av_drift"].measured


def test_a_telephones_notes_are_named_and_its_picture_stands_upright(tmp_path):
    notes = ("-metadata", "location=+27.2939+112.6932/", "-metadata", "artist=张三")
    checks = found(make_rotated(tmp_path / "clip.mp4", options=notes))
    assert checks["video.rotated"].severity == "info"
    assert checks["container.private_metadata"].measured == "位置、作者"

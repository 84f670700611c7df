"""Bad uploads: each ends in a named finding or error, leaves nothing behind and opens nothing."""

from pathlib import Path

import pytest

from models.errors import RequestInvalid, Unavailable
from models.settings import FfmpegSettings, ScratchSettings, Settings
from tasks.adapters.ffmpeg import probe
from tasks.adapters.scratch import scratch_folder
from tasks.local_file import take_local
from tests.support.clips import make_clip, make_playlist, make_truncated
from tests.support.versions import judge, make

pytestmark = pytest.mark.media


def refused(path: Path, tmp_path: Path) -> str:
    made = make(path, tmp_path / "out")
    (finding,) = made.report.findings
    assert made.report.verdict == "block"
    assert made.report.master is None
    assert not made.master.exists()
    assert finding.hint
    assert (made.folder / "report.html").stat().st_size > 1000
    return finding.check


def test_zero_bytes(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"")
    assert refused(tmp_path / "a.mp4", tmp_path) == "container.unrecognised"


def test_a_text_file_under_a_videos_name(tmp_path):
    (tmp_path / "a.mp4").write_text("各位老师好" * 500, encoding="utf-8")
    assert refused(tmp_path / "a.mp4", tmp_path) == "container.unrecognised"


def test_sound_alone(tmp_path):
    clip = make_clip(tmp_path / "a.mp4", picture=None)
    assert refused(clip, tmp_path) == "container.no_video"


def test_an_mp4_whose_index_never_came(tmp_path):
    clip = make_clip(tmp_path / "a.mp4", seconds=3)
    data = clip.read_bytes()
    clip.write_bytes(data[: len(data) // 2])
    assert refused(clip, tmp_path) == "container.truncated"


def test_an_mp4_whose_end_never_came(tmp_path):
    made = make(make_truncated(tmp_path / "a.mp4"), tmp_path / "out")
    assert made.checks["container.truncated"] == "block"
    assert made.report.verdict == "block"


@pytest.mark.parametrize("kind", ["hls", "concat", "absolute"])
def test_a_playlist_is_refused_before_it_opens_anything(tmp_path, kind, monkeypatch):
    canary = make_clip(tmp_path / "canary.ts", picture="color=c=red")
    if kind == "concat":
        path = tmp_path / "a.mp4"
        path.write_text(f"ffconcat version 1.0\nfile {canary.name}\n")
    else:
        path = make_playlist(tmp_path / "a.mp4", str(canary) if kind == "absolute" else canary.name)

    def never(*_args, **_more):
        raise AssertionError("a demuxer was started on a playlist")

    monkeypatch.setattr("tasks.examine.probe", never)
    assert refused(path, tmp_path) == "container.playlist"


def test_a_playlist_in_disguise_is_not_on_the_white_list(tmp_path):
    """Bytes that look like a transport stream must not wake another demuxer."""
    path = tmp_path / "a.mp4"
    text = b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"
    packet = b"\x47" + text + bytes(187 - len(text))
    path.write_bytes(packet * 8)
    made = make(path, tmp_path / "out")
    assert made.report.verdict == "block"
    assert made.report.master is None


def test_three_frames_over_a_day_are_refused_before_they_become_millions(tmp_path):
    clip = make_clip(
        tmp_path / "a.mp4",
        seconds=100_001,
        rate="1",
        picture_filter="trim=end_frame=3,setpts=N*50000/TB",
        sound=None,
        options=("-fps_mode", "passthrough"),
    )
    assert refused(clip, tmp_path) == "timing.sparse_frames"


@pytest.mark.parametrize(
    "name",
    [
        "演讲🎤.mp4",
        'it\'s "quoted" $(x) `y`.mp4',
        "-i.mp4",
        "thumb100%d.mp4",
        "课间 10:30.mp4",
        "concat:a|b.mp4",
        "a;b&c<d>.mp4",
        "长" * 80 + ".mp4",
        "x" * 251 + ".mp4",
    ],
)
def test_no_name_is_too_odd(tmp_path, name):
    clip = make_clip(tmp_path / "plain.mp4", seconds=1)
    odd = clip.rename(tmp_path / name)
    made = make(odd, tmp_path / "out")
    assert made.report.master is not None
    assert made.report.source.file_name == name


def test_a_missing_file_is_a_request_that_is_wrong(tmp_path):
    with pytest.raises(RequestInvalid, match="not a readable file"):
        take_local(tmp_path / "nothing.mp4", tmp_path, "c")


def test_a_full_scratch_disk_is_said_and_leaves_nothing(tmp_path):
    room = ScratchSettings(dir=tmp_path / "scratch", reserve_bytes=10**18)
    settings = Settings(home=tmp_path, scratch=room)
    with pytest.raises(Unavailable, match="scratch disk"), scratch_folder(settings, "x"):
        pytest.fail("there was no room")
    assert not list((tmp_path / "scratch").iterdir())


def test_scratch_is_gone_after_a_failure(tmp_path):
    settings = Settings(home=tmp_path)

    def fail_amid_work():
        with scratch_folder(settings, "x") as folder:
            (folder / "half").write_bytes(b"x")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_amid_work()
    assert not list(settings.scratch_dir.iterdir())


@pytest.mark.parametrize("kind", ["mp4", "mkv"])
def test_a_damaged_picture_is_told_where_it_is_damaged(tmp_path, kind):
    clip = make_clip(tmp_path / f"a.{kind}", seconds=10)
    packets = probe(
        clip,
        settings=FfmpegSettings(),
        extra=("-select_streams", "v", "-show_entries", "packet=pts_time,pos,size"),
    )["packets"]
    hit = max((p for p in packets if 6 <= float(p["pts_time"]) < 6.2), key=lambda p: int(p["size"]))
    data = bytearray(clip.read_bytes())
    middle = int(hit["pos"]) + int(hit["size"]) // 2
    data[middle : middle + 48] = b"\xa5" * 48
    clip.write_bytes(data)
    told = [
        f for f in judge(clip, tmp_path / "job").findings if f.check == "container.decode_errors"
    ]
    assert [f.start_s for f in told] == [pytest.approx(float(hit["pts_time"]), abs=0.3)]

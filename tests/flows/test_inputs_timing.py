"""Sound and picture stay together to a frame, and nothing is lost, however a file keeps time."""

from fractions import Fraction

import pytest

from tests.support.clips import make_clip, run_here
from tests.support.pixels import events_of, first_bright, onsets_s, read_planes, read_samples
from tests.support.versions import make

pytestmark = pytest.mark.media

FRAME_S = 1 / 25
SECONDS = 3
MOMENTS = (0.4, 1.2, 2.4)
"""Start, middle and end of a clip: when it flashes and beeps, for a fifth of a second."""
DURING = "+".join(f"between(t,{at - 0.001:.3f},{at + 0.199:.3f})" for at in MOMENTS)
FLASH_AND_BEEP = {
    "size": "96x54",
    "seconds": SECONDS,
    "picture": "color=c=black",
    "picture_filter": f"drawbox=c=white:t=fill:enable='{DURING}'",
    "sound": f"aevalsrc='0.5*sin(2*PI*1000*t)*({DURING})':s=48000",
}


def make_beeping(path, *, drops="null", **more):
    """Make a clip that flashes and beeps; `drops` takes frames away."""
    shown = f"{FLASH_AND_BEEP['picture_filter']},{drops}"
    return make_clip(path, **{**FLASH_AND_BEEP, "picture_filter": shown, **more})


def flashes_s(master) -> list[float]:
    return [frame / 25 for frame in first_bright(read_planes(master).luma, threshold=125)]


def assert_in_step(source, made, *, count=3):
    """Compare the master's flashes, beeps and length with those of the source itself."""
    events = events_of(source)
    start = min(events.picture_s[0], events.sound_s[0])
    flashes, beeps = flashes_s(made.master), onsets_s(read_samples(made.master))
    assert len(events.flashes_s) == len(events.beeps_s) == len(flashes) == len(beeps) == count
    for was_seen, was_heard, seen, heard in zip(
        events.flashes_s, events.beeps_s, flashes, beeps, strict=True
    ):
        assert abs((heard - seen) - (was_heard - was_seen)) <= FRAME_S
        assert abs(seen - (was_seen - start)) <= FRAME_S
    assert_as_long(made, events.picture_s[1] - start)


def assert_as_long(made, seconds: float, *, frames: int = 1):
    """The master has the frames of `seconds`, and sound for each of them."""
    count = len(read_planes(made.master).luma)
    assert abs(count - seconds * 25) <= frames + 1e-6
    assert len(read_samples(made.master)) == pytest.approx(count * 1920, abs=1024)
    assert made.report.master.duration_s == pytest.approx(count / 25, abs=0.001)


@pytest.mark.parametrize(
    "rate", ["12", "24000/1001", "24", "30000/1001", "30", "50", "60000/1001", "120"]
)
def test_any_rate_keeps_step_and_length(tmp_path, rate):
    clip = make_beeping(tmp_path / "a.mp4", rate=rate)
    made = make(clip, tmp_path / "out")
    assert_in_step(clip, made)
    assert made.report.master.duration_s == pytest.approx(
        round(SECONDS * Fraction(rate)) / Fraction(rate), abs=FRAME_S
    )


@pytest.mark.parametrize(
    ("ending", "drops"),
    [
        ("mp4", "select='not(eq(mod(n,7),3))*not(between(n,20,24))'"),
        ("mkv", "select='gt(mod(n\\,11)\\,2)'"),
        ("mp4", "select='not(between(t,1.5,2.3))'"),  # a screen recording stands still for long
    ],
)
def test_a_variable_rate_becomes_constant_and_keeps_step(tmp_path, ending, drops):
    clip = make_beeping(
        tmp_path / f"a.{ending}", drops=drops, rate="30", options=("-fps_mode", "vfr")
    )
    made = make(clip, tmp_path / "out")
    assert_in_step(clip, made)
    assert "timing.variable_frame_rate" in made.checks


@pytest.mark.parametrize("start_s", [0.3, 1.7])
def test_what_an_edit_list_cuts_away_is_not_shown(tmp_path, start_s):
    """A cut without encoding keeps the frames from the last key frame on, hidden by an edit."""
    whole = make_beeping(tmp_path / "whole.mp4", options=("-g", "250"))
    cut = ["-ss", str(start_s), "-i", f"file:{whole.name}", "-c", "copy", "file:a.mp4"]
    run_here(tmp_path / "a.mp4", cut)
    made = make(tmp_path / "a.mp4", tmp_path / "out")
    kept = [at for at in MOMENTS if at > start_s]
    assert_in_step(tmp_path / "a.mp4", made, count=len(kept))
    assert flashes_s(made.master) == pytest.approx([at - start_s for at in kept], abs=2 * FRAME_S)
    assert_as_long(made, SECONDS - start_s, frames=2)


@pytest.mark.parametrize("ending", ["mp4", "ts", "mkv"])
@pytest.mark.parametrize("late", ["sound", "picture"])
def test_streams_that_start_apart_keep_their_places(tmp_path, ending, late):
    clip = make_beeping(tmp_path / "plain.mp4")
    shifted = ["-itsoffset", "0.52", "-i", f"file:{clip.name}"]
    plain = ["-i", f"file:{clip.name}"]
    maps = ("0:v", "1:a") if late == "sound" else ("1:v", "0:a")
    inputs = [*plain, *shifted, "-map", maps[0], "-map", maps[1], "-c", "copy"]
    run_here(tmp_path / f"a.{ending}", [*inputs, f"file:a.{ending}"])
    made = make(tmp_path / f"a.{ending}", tmp_path / "out")
    seen, heard = flashes_s(made.master), onsets_s(read_samples(made.master))
    late_s = 0.52 if late == "sound" else -0.52
    for flash, beep in zip(seen, heard, strict=False):
        assert beep - flash == pytest.approx(late_s, abs=FRAME_S)
    assert_in_step(tmp_path / f"a.{ending}", made)


@pytest.mark.parametrize("offset_s", [7, 95_440])
def test_a_transport_stream_may_start_anywhere(tmp_path, offset_s):
    """Recorders count on: 95 443 s is where their 33-bit clock turns round."""
    clip = make_beeping(
        tmp_path / "a.ts", options=("-output_ts_offset", str(offset_s), "-muxdelay", "0")
    )
    made = make(clip, tmp_path / "out")
    if offset_s < 1000:
        assert_in_step(clip, made)
    seen, heard = flashes_s(made.master), onsets_s(read_samples(made.master))
    assert seen == pytest.approx(MOMENTS, abs=FRAME_S + 0.025)
    assert heard == pytest.approx(seen, abs=FRAME_S)
    assert_as_long(made, SECONDS, frames=2)


@pytest.mark.parametrize("offset_s", [0, 100])
def test_a_jump_in_the_time_stamps_is_no_gap(tmp_path, offset_s):
    """Two recordings joined byte by byte: the clock jumps back, or far ahead."""
    parts = [
        make_beeping(tmp_path / f"{n}.ts", options=("-output_ts_offset", str(n * offset_s)))
        for n in (0, 1)
    ]
    clip = tmp_path / "a.ts"
    clip.write_bytes(b"".join(part.read_bytes() for part in parts))
    made = make(clip, tmp_path / "out")
    moments = [*MOMENTS, *(SECONDS + at for at in MOMENTS)]
    seen, heard = flashes_s(made.master), onsets_s(read_samples(made.master))
    assert seen == pytest.approx(moments, abs=2 * FRAME_S)
    assert heard == pytest.approx(seen, abs=FRAME_S)
    assert_as_long(made, 2 * SECONDS, frames=2)


@pytest.mark.parametrize(
    "change",
    [{"size": "128x96"}, {"options": ("-ac", "1", "-ar", "44100")}],
    ids=["the picture's size", "the sound's rate and channels"],
)
def test_what_changes_in_mid_stream_ends_nothing(tmp_path, change):
    """Joined broadcasts, calls and screen recordings change their form where they go on."""
    starts = ("-output_ts_offset", str(SECONDS))
    more = {**change, "options": (*starts, *change.get("options", ()))}
    parts = [make_beeping(tmp_path / "0.ts"), make_beeping(tmp_path / "1.ts", **more)]
    clip = tmp_path / "a.ts"
    clip.write_bytes(b"".join(part.read_bytes() for part in parts))
    made = make(clip, tmp_path / "out")
    assert made.report.master is not None, made.checks
    moments = [*MOMENTS, *(SECONDS + at for at in MOMENTS)]
    seen, heard = flashes_s(made.master), onsets_s(read_samples(made.master))
    assert seen == pytest.approx(moments, abs=2 * FRAME_S)
    assert heard == pytest.approx(seen, abs=FRAME_S)
    assert_as_long(made, 2 * SECONDS, frames=2)


@pytest.mark.parametrize(
    "flags", ["+faststart", "+frag_keyframe+empty_moov+default_base_moof", "+frag_every_frame"]
)
def test_an_index_may_stand_anywhere(tmp_path, flags):
    clip = make_beeping(tmp_path / "a.mp4", options=("-movflags", flags))
    made = make(clip, tmp_path / "out")
    assert_in_step(clip, made)
    assert not {c for c in made.checks if c.startswith("container.")}


def test_a_recording_that_begins_between_key_frames_keeps_step(tmp_path):
    """Sound is heard before the first picture can be decoded: both keep their places."""
    whole = make_beeping(tmp_path / "whole.ts", options=("-g", "20"))
    data = whole.read_bytes()
    packets = [data[n : n + 188] for n in range(0, len(data), 188)]
    clip = tmp_path / "a.ts"
    clip.write_bytes(b"".join(packets[:3] + packets[len(packets) // 3 :]))
    made = make(clip, tmp_path / "out")
    seen, heard = flashes_s(made.master), onsets_s(read_samples(made.master))
    assert heard[-1] == pytest.approx(seen[-1], abs=FRAME_S)


def test_the_measure_tells_a_sound_that_is_two_frames_late(tmp_path):
    clip = make_beeping(tmp_path / "plain.mp4")
    late = ["-i", f"file:{clip.name}", "-itsoffset", "0.08", "-i", f"file:{clip.name}"]
    run_here(
        tmp_path / "late.mp4", [*late, "-map", "0:v", "-map", "1:a", "-c", "copy", "file:late.mp4"]
    )
    made = make(tmp_path / "late.mp4", tmp_path / "out")
    with pytest.raises(AssertionError):
        assert_in_step(clip, made)
    assert_in_step(tmp_path / "late.mp4", made)

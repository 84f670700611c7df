"""Sound and picture stay together to a frame, and nothing is lost, however a file keeps time."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

import pytest

from tests.support.batches import batch
from tests.support.clips import make_apart, make_clip, run_here
from tests.support.pixels import (
    Events,
    events_of,
    first_bright,
    onsets_s,
    read_planes,
    read_samples,
)
from tests.support.versions import Made, make

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
APART_S = 0.52


@dataclass(frozen=True)
class Played:
    """When a master flashes and beeps, beside its source."""

    made: Made
    source: Path
    flashes_s: list[float]
    beeps_s: list[float]
    frames: int
    samples: int


def make_beeping(folder, *, ending="mp4", name="a", drops="null", **more):
    """Make a clip that flashes and beeps; `drops` takes frames away."""
    shown = f"{FLASH_AND_BEEP['picture_filter']},{drops}"
    path = folder / f"{name}.{ending}"
    return make_clip(path, **{**FLASH_AND_BEEP, "picture_filter": shown, **more})


def make_late(folder, late: str, ending: str):
    """Let one of the streams begin half a second after the other."""
    clip = make_beeping(folder, name="plain")
    return make_apart(clip, folder / f"a.{ending}", APART_S, late=late)


def make_cut(folder, start_s: float):
    """Cut without encoding: frames from the last key frame on are kept, hidden by an edit list."""
    whole = make_beeping(folder, name="whole", options=("-g", "250"))
    path = folder / "a.mp4"
    run_here(
        path, ["-ss", str(start_s), "-i", f"file:{whole.name}", "-c", "copy", f"file:{path.name}"]
    )
    return path


def make_offset(folder, offset_s: int):
    options = ("-output_ts_offset", str(offset_s), "-muxdelay", "0")
    return make_beeping(folder, ending="ts", options=options)


def make_joined(folder, offset_s: float, **change):
    """Join two transport streams byte by byte; the second starts at `offset_s` and has `change`."""
    starts = ("-output_ts_offset", str(offset_s), *change.pop("options", ()))
    parts = [
        make_beeping(folder, ending="ts", name="0"),
        make_beeping(folder, ending="ts", name="1", options=starts, **change),
    ]
    path = folder / "a.ts"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path


def make_torn(folder):
    """Take away a transport stream's first third, tables aside: it begins between key frames."""
    data = make_beeping(folder, ending="ts", name="whole", options=("-g", "20")).read_bytes()
    packets = [data[n : n + 188] for n in range(0, len(data), 188)]
    path = folder / "a.ts"
    path.write_bytes(b"".join(packets[:3] + packets[len(packets) // 3 :]))
    return path


def flagged(flags: str):
    return partial(make_beeping, options=("-movflags", flags))


def uneven(drops: str, ending: str = "mp4"):
    return partial(
        make_beeping, ending=ending, drops=drops, rate="30", options=("-fps_mode", "vfr")
    )


Maker = Callable[[Path], Path]
RATES = ("12", "24000/1001", "24", "30000/1001", "30", "50", "60000/1001", "120")
OF_A_RATE: dict[str, Maker] = {rate: partial(make_beeping, rate=rate) for rate in RATES}
VARIABLE: dict[str, Maker] = {
    "frames dropped": uneven("select='not(eq(mod(n,7),3))*not(between(n,20,24))'"),
    "frames dropped, MKV": uneven("select='gt(mod(n\\,11)\\,2)'", "mkv"),
    "a frame that stands long": uneven("select='not(between(t,1.5,2.3))'"),
}
INDEXED: dict[str, Maker] = {
    "index in front": flagged("+faststart"),
    "fragments": flagged("+frag_keyframe+empty_moov+default_base_moof"),
    "a fragment a frame": flagged("+frag_every_frame"),
}
APART: dict[str, Maker] = {
    f"{late} late, {ending}": partial(make_late, late=late, ending=ending)
    for late in ("sound", "picture")
    for ending in ("mp4", "ts", "mkv")
}
CUT: dict[str, Maker] = {f"cut at {at}": partial(make_cut, start_s=at) for at in (0.3, 1.7)}
OFFSET: dict[str, Maker] = {
    "a clock at 7 s": partial(make_offset, offset_s=7),
    "a clock that turns round": partial(make_offset, offset_s=95_442),
}
"""A transport stream's clock has 33 bits: after 95 443.7 s it begins anew."""
JOINED: dict[str, Maker] = {
    "a jump back": partial(make_joined, offset_s=0),
    "a jump ahead": partial(make_joined, offset_s=100),
    "another size": partial(make_joined, offset_s=SECONDS, size="128x96"),
}
CLIPS = {**OF_A_RATE, **VARIABLE, **INDEXED, **APART, **CUT, **OFFSET, **JOINED}


def play(source: Path) -> Played:
    made = make(source, source.parent / "out")
    assert made.report.master is not None, made.checks
    luma, samples = read_planes(made.master).luma, read_samples(made.master)
    flashes_s = [frame / 25 for frame in first_bright(luma, threshold=125)]
    return Played(made, source, flashes_s, onsets_s(samples), len(luma), len(samples))


@pytest.fixture(scope="module")
def played(request, tmp_path_factory):
    yield from batch(
        request, tmp_path_factory, "clip", lambda folder, clip: play(CLIPS[clip](folder))
    )


def assert_in_step(one: Played, events: Events, *, count: int = len(MOMENTS)):
    """Compare a master's flashes, beeps and length with those of a source."""
    start = min(events.picture_s[0], events.sound_s[0])
    assert [len(events.flashes_s), len(events.beeps_s)] == [count, count]
    assert [len(one.flashes_s), len(one.beeps_s)] == [count, count]
    for was_seen, was_heard, seen, heard in zip(
        events.flashes_s, events.beeps_s, one.flashes_s, one.beeps_s, strict=True
    ):
        assert abs((heard - seen) - (was_heard - was_seen)) <= FRAME_S
        assert abs(seen - (was_seen - start)) <= FRAME_S
    assert_as_long(one, events.picture_s[1] - start)


def assert_as_long(one: Played, seconds: float, *, frames: int = 1):
    """The master has the frames of `seconds`, and sound for each of them."""
    assert abs(one.frames - seconds * 25) <= frames + 1e-6
    assert one.samples == pytest.approx(one.frames * 1920, abs=1024)
    assert one.made.report.master.duration_s == pytest.approx(one.frames / 25, abs=0.001)


@pytest.mark.parametrize("clip", OF_A_RATE)
def test_any_rate_keeps_step_and_length(played, clip):
    one = played[clip].result()
    assert_in_step(one, events_of(one.source))
    rate = Fraction(clip)
    assert_as_long(one, float(round(SECONDS * rate) / rate))


@pytest.mark.parametrize("clip", VARIABLE)
def test_a_variable_rate_becomes_constant_and_keeps_step(played, clip):
    one = played[clip].result()
    assert_in_step(one, events_of(one.source))
    assert "timing.variable_frame_rate" in one.made.checks


@pytest.mark.parametrize("clip", INDEXED)
def test_an_index_may_stand_anywhere(played, clip):
    one = played[clip].result()
    assert_in_step(one, events_of(one.source))
    assert not [check for check in one.made.checks if check.startswith("container.")]


@pytest.mark.parametrize("clip", APART)
def test_streams_that_start_apart_keep_their_places(played, clip):
    one = played[clip].result()
    late_s = APART_S if clip.startswith("sound") else -APART_S
    apart = [heard - seen for seen, heard in zip(one.flashes_s, one.beeps_s, strict=True)]
    assert apart == pytest.approx([late_s] * 3, abs=FRAME_S)
    assert_in_step(one, events_of(one.source))


@pytest.mark.parametrize("clip", CUT)
def test_what_an_edit_list_cuts_away_is_not_shown(played, clip):
    one = played[clip].result()
    start_s = float(clip.rpartition(" ")[2])
    kept = [at - start_s for at in MOMENTS if at > start_s]
    assert_in_step(one, events_of(one.source), count=len(kept))
    assert one.flashes_s == pytest.approx(kept, abs=2 * FRAME_S)
    assert_as_long(one, SECONDS - start_s, frames=2)


@pytest.mark.parametrize("clip", OFFSET)
def test_a_transport_stream_may_start_anywhere(played, clip):
    one = played[clip].result()
    # Sound begins with a packet of priming, a half frame before the picture.
    assert one.flashes_s == pytest.approx(MOMENTS, abs=FRAME_S + 0.025)
    assert one.beeps_s == pytest.approx(one.flashes_s, abs=FRAME_S)
    assert_as_long(one, SECONDS, frames=2)


@pytest.mark.parametrize("clip", JOINED)
def test_joined_recordings_are_one(played, clip):
    """Their clock jumps or their form changes where they go on, as in broadcasts and calls."""
    one = played[clip].result()
    moments = [*MOMENTS, *(SECONDS + at for at in MOMENTS)]
    assert one.flashes_s == pytest.approx(moments, abs=2 * FRAME_S)
    assert one.beeps_s == pytest.approx(one.flashes_s, abs=FRAME_S)
    assert_as_long(one, 2 * SECONDS, frames=2)


def test_a_sound_that_changes_its_form_on_the_way_is_refused_by_name(tmp_path):
    """There ffmpeg builds its graph anew, and would count from zero again."""
    change = ("-ac", "1", "-ar", "44100")
    made = make(make_joined(tmp_path, offset_s=SECONDS, options=change), tmp_path / "out")
    assert made.report.master is None
    assert made.checks["container.undecodable"] == "block"


def test_a_recording_that_begins_between_key_frames_keeps_step(tmp_path):
    """Sound is heard before the first picture can be decoded: both keep their places."""
    one = play(make_torn(tmp_path))
    assert one.beeps_s[-1] == pytest.approx(one.flashes_s[-1], abs=FRAME_S)


def test_the_measure_tells_a_sound_that_is_two_frames_late(tmp_path):
    clip = make_beeping(tmp_path, name="plain")
    late = ["-i", f"file:{clip.name}", "-itsoffset", "0.08", "-i", f"file:{clip.name}"]
    path = tmp_path / "late.mp4"
    run_here(path, [*late, "-map", "0:v", "-map", "1:a", "-c", "copy", f"file:{path.name}"])
    one = play(path)
    assert_in_step(one, events_of(path))
    with pytest.raises(AssertionError):
        assert_in_step(one, events_of(clip))

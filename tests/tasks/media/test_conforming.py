"""What is copied and what is encoded is decided before the pass, and revised by what it saw."""

from dataclasses import replace

import pytest

from models.profile import CampaignProfile
from tasks.media.conforming import finer, plan_master, revised
from tasks.media.encoding import video_encoder_options
from tasks.media.measurements import SoundMeasurements
from tasks.media.scanning import NOTHING_SEEN, Scan, ScanFacts
from tests.tasks.media.test_verification import made, packets

PROFILE = CampaignProfile(name="t", revision="1", title="试")
ON_TARGET = SoundMeasurements(4.0, -24.1, 3.0, -6.0, (-25.0, -25.0))
INTERLACED = ScanFacts(Scan.INTERLACED, ((0.0, 4.0),))


def plan(info=None, facts=None, sound=ON_TARGET, most_s=1000.0):
    return plan_master(info or made(), facts or packets(), sound, PROFILE, most_s)


def test_what_is_a_master_already_is_copied_whole():
    planned = plan()
    assert planned.copies_picture
    assert planned.sound.is_copied
    assert planned.windows.count == 0
    assert planned.frames == 100


@pytest.mark.parametrize(
    "sound",
    [
        replace(ON_TARGET, integrated_lufs=-25.0),
        replace(ON_TARGET, true_peak_dbtp=-0.5),
        replace(ON_TARGET, channel_rms_db=(-25.0, None)),
    ],
)
def test_a_sound_that_is_off_is_encoded_alone(sound):
    planned = plan(sound=sound)
    assert planned.copies_picture
    assert not planned.sound.is_copied
    assert planned.sound.why_encoded


def test_a_picture_that_is_encoded_takes_its_sound_along():
    planned = plan(info=made(codec="hevc"))
    assert not planned.copies_picture
    assert [why.name for why in planned.sound.why_encoded] == ["picture"]
    assert planned.windows.count == 2


def test_a_sound_that_was_not_heard_becomes_silence():
    assert plan(sound=None).sound.stream_index is None


def test_a_late_picture_stays_late_and_no_length_is_believed_beyond_reason():
    late = packets(first_s=2.0, end_s=6.0)
    assert plan(facts=late).frames == 150
    assert plan(facts=packets(end_s=100_000.0), most_s=60.0).frames == 1500


def test_lines_that_lie_about_the_scan_ask_for_another_pass():
    first = plan()
    again = revised(first, INTERLACED, 0)
    assert again.picture.needs_deinterlacing
    assert not again.copies_picture
    assert not again.sound.is_copied
    assert again.windows.count
    assert revised(again, INTERLACED, 0) == again


def test_telecined_film_is_left_alone():
    flagged = plan(info=made(field_order="tt"))
    assert flagged.picture.needs_deinterlacing
    assert not revised(flagged, ScanFacts(Scan.TELECINE), 0).picture.needs_deinterlacing


def test_packets_with_errors_are_not_copied():
    assert not revised(plan(), NOTHING_SEEN, 3).copies_picture
    encoded = plan(info=made(codec="hevc"))
    assert revised(encoded, NOTHING_SEEN, 3) == encoded


def test_finer_changes_only_how_many_bits_may_be_spent():
    planned = plan(info=made(codec="hevc"))
    options, others = (video_encoder_options(p.spec) for p in (planned, finer(planned)))
    assert {name for name in options if options[name] != others[name]} == {
        "crf",
        "maxrate:v",
        "bufsize:v",
    }
    assert float(others["crf"]) < float(options["crf"])

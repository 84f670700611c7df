"""Every fault has one name, lies within its clip and becomes a command that does what it must."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from deployments.bench_art import QR_SIDE, as_pam, draw_person, draw_qr
from deployments.bench_checks import ChecksPlan, every_defect, loose_profile
from deployments.bench_clips import BASES, build_base
from deployments.bench_defects import Defect, build_defect, held
from deployments.bench_defects_file import cut_short, scrambled
from deployments.bench_sounds import SOUNDS
from models.settings import Settings
from tasks.media.catalogue import CATALOGUE

SETTINGS = Settings()
PROFILE = loose_profile(SETTINGS)
DEFECTS = every_defect(PROFILE)


def command(defect: Defect) -> list[str]:
    return build_defect(defect, "in.mp4", "out.mp4", 25, SETTINGS.ffmpeg)


def test_names_are_given_once_and_suit_a_file():
    names = Counter(defect.name for defect in DEFECTS)
    assert [name for name, times in names.items() if times > 1] == []
    assert [name for name in names if set(name) & set(":/\\ ")] == []


def test_every_base_has_a_sound_and_every_fault_a_base_that_is_long_enough():
    assert {base.sound for base in BASES.values()} <= SOUNDS.keys()
    for defect in DEFECTS:
        assert defect.ends_s <= BASES[defect.base].seconds, defect.name


def test_what_may_be_said_besides_is_in_the_catalogue():
    assert {check for defect in DEFECTS for check in defect.also} <= CATALOGUE.keys()


def test_every_kind_of_finding_on_picture_and_sound_has_a_fault():
    """What only a master can show, or only another work, is not put into clips."""
    others = {"video.quality", "video.telecine", "video.repeated_frames", "audio.undecodable"}
    others |= {"audio.several_tracks", "audio.limited", "audio.master_loudness"}
    kinds = {c for c in CATALOGUE if c.startswith(("video.", "audio.")) and "not_run" not in c}
    assert kinds - others - {defect.check for defect in DEFECTS} == set()


def test_times_follow_the_limits():
    black = {d.strength: d.spans for d in DEFECTS if d.check == "video.black"}
    assert black["1.5x"] == ((6.0, 6.0 + PROFILE.limits.black_s * 1.5),)
    assert held(6.0, 3.0).startswith("loop=loop=74:size=1:start=150")


def test_what_is_not_touched_is_copied():
    argv = command(Defect("audio.silent", "x", sound="volume=0"))
    assert argv[argv.index("-c:v") + 1] == "copy"
    assert argv[argv.index("-filter_complex") + 1] == "[0:a]volume=0[a]"
    argv = command(Defect("video.blur", "x", picture="gblur"))
    assert argv[argv.index("-c:a") + 1] == "copy"
    assert argv.count("-c:v") == 1


def test_no_object_is_written_into_a_command():
    assert [d.name for d in DEFECTS if any(" at 0x" in word for word in command(d))] == []


def test_a_fault_of_the_container_copies_all_and_its_options_win():
    argv = command(Defect("audio.missing", "x", options=("-an",)))
    assert "-filter_complex" not in argv
    assert argv[-2:] == ["-an", "out.mp4"]


def test_a_picture_is_read_once_however_long_the_clip():
    argv = build_base(BASES["lesson"], "speech.wav", "lesson.mp4", SETTINGS.ffmpeg)
    assert argv.count("-i") == len(BASES["lesson"].art) + 1
    assert "loop=loop=-1:size=1" in argv[argv.index("-filter_complex") + 1]


def test_bytes_are_hurt_alike_each_time_and_the_length_stays():
    data = bytes(100) + b"mdat" + bytes(50_000)
    hurt = scrambled(6)(data)
    assert hurt == scrambled(6)(data)
    assert len(hurt) == len(data)
    assert hurt[:104] == data[:104]
    assert hurt != data
    assert len(cut_short(0.4)(data)) == int(len(data) * 0.4)


def test_pictures_are_drawn_alike_each_time():
    person = draw_person()
    assert np.array_equal(person, draw_person())
    head, _, rest = as_pam(person).partition(b"ENDHDR\n")
    assert b"TUPLTYPE RGB_ALPHA" in head
    assert len(rest) == person.size


def test_the_code_can_be_read():
    cv2 = pytest.importorskip("cv2")
    assert draw_qr().shape[0] == (QR_SIDE + 8) * 8
    words, _, _ = cv2.QRCodeDetector().detectAndDecode(draw_qr()[..., ::-1].copy())
    assert words == "https://heji.example/w/1"


@pytest.mark.parametrize(
    ("only", "wants", "leaves"),
    [
        (("audio",), "audio.tone", "video.black"),
        (("video.black",), "video.black", "video.blank"),
        ((), "policy.codec", None),
    ],
)
def test_a_family_or_a_check_can_be_chosen(only, wants, leaves):
    plan = ChecksPlan(only=only, media=Path("x"))
    assert plan.wants(wants)
    assert leaves is None or not plan.wants(leaves)

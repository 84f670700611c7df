"""Of several sounds the programme's own is heard, and the choice is explained."""

from models.media import AudioStream, MediaInfo
from models.profile import CampaignProfile
from tasks.media.measurements import SoundMeasurements
from tasks.media.sound_choice import choose_sound, tell_choice


def stream(index, **facts):
    return AudioStream(index=index, codec="aac", channels=2, sample_rate_hz=48_000, **facts)


def level(lufs):
    return SoundMeasurements(10.0, integrated_lufs=lufs)


def choice(*sounds, language="zh"):
    chosen, reason = choose_sound(dict(sounds), language)
    return chosen.index, reason


def test_a_silent_default_gives_way_to_speech():
    assert choice((stream(1, is_default=True), level(None)), (stream(2), level(-30))) == (
        2,
        "有声音",
    )


def test_the_default_comes_before_language_and_level():
    sounds = (stream(1, language="zho"), level(-10)), (stream(2, is_default=True), level(-30))
    assert choice(*sounds) == (2, "默认轨道")


def test_a_commentary_is_not_the_programme():
    sounds = (stream(1, is_default=True, is_commentary=True), level(-20)), (stream(2), level(-30))
    assert choice(*sounds) == (2, "不是旁白或解说轨")


def test_among_defaults_the_campaigns_language_is_heard():
    for tag in ("zho", "chi", "zh-CN", "cmn"):
        english = (stream(1, is_default=True, language="eng"), level(-10))
        chinese = (stream(2, is_default=True, language=tag), level(-30))
        assert choice(english, chinese) == (2, "语言相符")
        assert choice(english, chinese, language="en") == (1, "语言相符")


def test_among_equals_the_loudest_then_the_first_is_heard():
    assert choice((stream(1), level(-30)), (stream(2), level(-20))) == (2, "响度最大")
    assert choice((stream(1), level(-20)), (stream(2), level(-20))) == (1, "排在最前")


def test_the_finding_counts_sounds_as_people_do():
    info = MediaInfo(container="mp4", size_bytes=1, audio=(stream(1), stream(4)))
    found = tell_choice(
        info, info.audio[1], "响度最大", CampaignProfile(name="t", revision="1", title="试")
    )
    assert "共 2 条，采用第 2 条（响度最大）" in found.message
    chosen = info.model_copy(update={"chosen_sound": 4})
    assert chosen.sound.index == 4

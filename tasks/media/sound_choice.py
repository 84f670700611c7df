"""Choose among several sounds: what is heard, then what the file and the campaign prefer."""

from collections.abc import Mapping

from models.media import AudioStream, MediaInfo
from models.profile import CampaignProfile
from models.report import Finding
from tasks.media.catalogue import describe
from tasks.media.loudness import QUIETEST_LUFS
from tasks.media.measurements import SoundMeasurements

LANGUAGE_TAGS = {"zh": ("zh", "zho", "chi", "cmn"), "en": ("en", "eng")}
"""How files tag what a profile calls `zh` or `en` (ISO 639-1, -2/T, -2/B, -3)."""


def choose_sound(
    sounds: Mapping[AudioStream, SoundMeasurements], language: str | None
) -> tuple[AudioStream, str]:
    """Return the sound to hear and, in Chinese, what decided.

    In this order: it carries sound at all; it is the programme's own and not a commentary; it is
    the default; it is in the campaign's `language`; it is the loudest.
    """
    tags = LANGUAGE_TAGS.get(language or "", (language,))

    def worth(stream: AudioStream) -> tuple[float, ...]:
        level = sounds[stream].integrated_lufs
        level = -100.0 if level is None else level
        return (
            level > QUIETEST_LUFS,
            not stream.is_commentary,
            stream.is_default,
            stream.language is not None and stream.language.split("-")[0] in tags,
            round(level, 1),
            -stream.index,
        )

    best, *others = sorted(sounds, key=worth, reverse=True)
    nearest = worth(others[0]) if others else worth(best)
    reasons = ("有声音", "不是旁白或解说轨", "默认轨道", "语言相符", "响度最大", "排在最前")
    decided = next(
        (why for why, a, b in zip(reasons, worth(best), nearest, strict=True) if a != b),
        reasons[-1],
    )
    return best, decided


def tell_choice(
    info: MediaInfo, chosen: AudioStream, reason: str, profile: CampaignProfile
) -> Finding | None:
    """Return the finding that says which of several sounds is heard, and why."""
    numbers = [s.index for s in info.sounds]
    told = f"共 {len(numbers)} 条，采用第 {numbers.index(chosen.index) + 1} 条（{reason}）"
    return describe("audio.several_tracks", profile, measured=told)

"""Pictures that prove findings: the frame with its box, the level of the sound."""

from collections import Counter
from pathlib import Path

from models.profile import CampaignProfile
from models.report import Finding
from tasks.media.detectors.levels import STEP_S
from tasks.media.frames import nearest
from tasks.media.measurements import PictureMeasurements, SoundMeasurements
from tasks.policies import step

OF_THE_FILE = frozenset({"audio.missing", "audio.several_tracks", "audio.not_run", "video.not_run"})
"""Findings that no picture shows."""


@step("take-evidence")
def take_evidence(
    findings: tuple[Finding, ...],
    picture: PictureMeasurements,
    sound: SoundMeasurements | None,
    folder: Path,
    profile: CampaignProfile,
) -> tuple[Finding, ...]:
    """Write a picture for each finding that can be shown, and name it there."""
    numbers: Counter[str] = Counter()
    shown = []
    for finding in findings:
        numbers[finding.check] += 1
        name = f"evidence/{finding.check}-{numbers[finding.check]}.jpg"
        is_shown = _is_shown(finding, folder / name, picture, sound, profile)
        shown.append(finding.model_copy(update={"evidence": name}) if is_shown else finding)
    return tuple(shown)


def _is_shown(
    finding: Finding,
    path: Path,
    picture: PictureMeasurements,
    sound: SoundMeasurements | None,
    profile: CampaignProfile,
) -> bool:
    area = finding.check.partition(".")[0]
    if finding.check in OF_THE_FILE:
        return False
    if area == "video" or finding.check == "container.decode_errors":
        return _shows_frame(finding, path, picture)
    return area == "audio" and sound is not None and _shows_level(finding, path, sound, profile)


def _shows_frame(finding: Finding, path: Path, picture: PictureMeasurements) -> bool:
    from tasks.adapters.frames import write_evidence

    start_s, end_s = _span(finding, picture.duration_s)
    still = nearest(picture.stills, (start_s + end_s) / 2)
    if still is None:
        return False
    write_evidence(still, path, finding.box)
    return True


def _shows_level(
    finding: Finding, path: Path, sound: SoundMeasurements, profile: CampaignProfile
) -> bool:
    from tasks.adapters.level_pictures import write_level_picture

    if sound.levels is None:
        return False
    low, high = sound.levels.low_high
    threshold = profile.limits.silence_dbfs if finding.check == "audio.silence" else None
    path.parent.mkdir(exist_ok=True)
    write_level_picture(
        low,
        high,
        STEP_S,
        _span(finding, sound.duration_s),
        path,
        threshold_dbfs=threshold,
    )
    return True


def _span(finding: Finding, duration_s: float) -> tuple[float, float]:
    """Return where a finding stands; one on the whole stands everywhere."""
    start_s = 0.0 if finding.start_s is None else finding.start_s
    return start_s, duration_s if finding.end_s is None else finding.end_s

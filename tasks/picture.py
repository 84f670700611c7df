"""Pictures that people look at: poster, contact sheet, evidence of findings."""

import shutil
from collections import Counter
from pathlib import Path

from models.errors import CommandFailed, CommandTimedOut
from models.profile import CampaignProfile
from models.report import Finding
from models.settings import Settings
from tasks.adapters.ffmpeg import run_ffmpeg
from tasks.media.frames import StillFacts, choose_for_sheet, choose_poster, nearest
from tasks.media.graph import build_poster
from tasks.media.measurements import PictureMeasurements
from tasks.policies import step

POSTER, SHEET = "poster.jpg", "contact-sheet.jpg"


@step("take-pictures")
def take_pictures(
    picture: PictureMeasurements,
    findings: tuple[Finding, ...],
    folder: Path,
    profile: CampaignProfile,
    settings: Settings,
) -> tuple[Finding, ...]:
    """Write poster, contact sheet and evidence from the stills; name the evidence in `findings`."""
    from tasks.adapters.frames import write_contact_sheet

    stills = picture.stills
    if not stills:
        return findings
    write_contact_sheet(choose_for_sheet(stills), folder / SHEET)
    chosen = choose_poster(stills)
    if chosen:
        _write_poster(chosen, picture, folder, profile, settings)
    numbers: Counter[str] = Counter()
    shown = []
    for finding in findings:
        numbers[finding.check] += 1
        number = numbers[finding.check]
        shown.append(_with_evidence(finding, number, stills, picture, folder))
    return tuple(shown)


def _write_poster(
    still: StillFacts,
    picture: PictureMeasurements,
    folder: Path,
    profile: CampaignProfile,
    settings: Settings,
) -> None:
    """Take the poster from the master at the still's moment; the still itself if that fails."""
    moment = min(still.time_s, picture.duration_s - float(1 / profile.master.frame_rate))
    path = folder / POSTER
    try:
        run_ffmpeg(
            build_poster(max(0.0, moment), POSTER),
            settings=settings.ffmpeg,
            folder=folder,
            timeout_s=settings.ffmpeg.min_time_s,
        )
    except (CommandFailed, CommandTimedOut):
        path.unlink(missing_ok=True)
    if not path.exists():
        shutil.copyfile(still.path, path)


def _with_evidence(
    finding: Finding,
    number: int,
    stills: tuple[StillFacts, ...],
    picture: PictureMeasurements,
    folder: Path,
) -> Finding:
    """Add a picture to a finding on the picture."""
    from tasks.adapters.frames import write_evidence

    if not finding.check.startswith("video."):
        return finding
    moment = picture.duration_s / 2 if finding.start_s is None else finding.start_s
    if finding.start_s is not None and finding.end_s is not None:
        moment = (finding.start_s + finding.end_s) / 2
    still = nearest(stills, moment)
    if still is None:
        return finding
    name = f"evidence/{finding.check}-{number}.jpg"
    write_evidence(still, folder / name, finding.box)
    return finding.model_copy(update={"evidence": name})

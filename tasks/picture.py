"""Pictures that stand for a work: poster and contact sheet."""

import shutil
from pathlib import Path

from models.errors import CommandFailed, CommandTimedOut
from models.profile import CampaignProfile
from models.settings import Settings
from tasks.adapters.ffmpeg import run_ffmpeg
from tasks.media.frames import StillFacts, choose_for_sheet, choose_poster
from tasks.media.graph import build_poster
from tasks.media.measurements import PictureMeasurements
from tasks.policies import step

POSTER, SHEET = "poster.jpg", "contact-sheet.jpg"


@step("take-pictures")
def take_pictures(
    picture: PictureMeasurements, folder: Path, profile: CampaignProfile, settings: Settings
) -> None:
    """Write the poster and the contact sheet, if any still was kept."""
    from tasks.adapters.frames import with_faces, write_contact_sheet

    stills = picture.stills
    if not stills:
        return
    write_contact_sheet(choose_for_sheet(stills), folder / SHEET)
    chosen = choose_poster(with_faces(stills))
    if chosen:
        _write_poster(chosen, picture, folder, profile, settings)


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

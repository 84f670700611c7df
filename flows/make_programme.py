"""The order in which a compilation is made: the same with Prefect and without."""

from pathlib import Path

from models.compilation import Manifest
from models.profile import CampaignProfile
from models.settings import Settings
from tasks.assemble import finish_release, join_programme
from tasks.media.releases import Quality
from tasks.pieces import mix_sound, render_picture
from tasks.programme import plan_programme
from tasks.running import Runner
from tasks.selection import Selection
from tasks.titles import draw_titles


def compile_programme(
    run: Runner,
    selection: Selection,
    quality: Quality,
    folder: Path,
    profile: CampaignProfile,
    settings: Settings,
) -> Manifest:
    """Make a compilation and everything beside it in `folder` and return its manifest.

    Raises:
        RequestInvalid: with every problem of the request, before anything is rendered.
        OutputRejected: what came out is not what was planned.
        Unavailable: the scratch disk is full.
    """
    programme = run.call(
        plan_programme, selection.spec, selection.works, profile, quality, selection.refused
    )
    sound = run.start(mix_sound, programme, folder, settings)
    try:
        titles = run.call(
            draw_titles,
            programme.timeline,
            programme.poster,
            profile.cards,
            programme.master,
            folder,
        )
        notes = run.call(render_picture, programme, titles, folder, settings)
    finally:
        sound.result()
    run.call(join_programme, programme, folder, settings)
    return run.call(finish_release, programme, notes, folder, settings)

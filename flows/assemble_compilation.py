"""Assemble a compilation from the approved works of a campaign and release it.

| step | its failure means |
|---|---|
| choose works | a request that can't be met: the run says every reason, nothing was rendered |
| fetch masters | tried again while the store doesn't answer, then the run fails |
| plan programme | as choose works: a missing glyph, a text that doesn't fit, an unknown font |
| titles, picture, sound | a master can't be read: the run fails, nothing is published |
| join programme | what came out is not what was planned: the run fails, nothing is published |
| publish release | tried again; a reader never sees half a release: the manifest comes last |
"""

import logging

from prefect import flow
from prefect.runtime import flow_run

from flows.make_programme import compile_programme
from models.compilation import AssembleRequest
from models.settings import Settings
from tasks.adapters.profiles import load_profile
from tasks.adapters.scratch import scratch_folder
from tasks.assemble import publish_release
from tasks.running import InPrefect
from tasks.selection import choose_works, fetch_masters
from tasks.show_release import show_release

log = logging.getLogger(__name__)


def _run_name() -> str:
    request = flow_run.parameters["request"]
    return f"{request.title or request.campaign} · {request.quality}"


@flow(name="assemble-compilation", flow_run_name=_run_name)
def assemble_compilation(request: AssembleRequest) -> dict[str, str]:
    """Assemble a compilation and publish it with captions, chapters, timeline and manifest."""
    settings, run = Settings(), InPrefect()
    profile = load_profile(request.campaign, settings)
    chosen = run.call(choose_works, request, profile, settings)
    with scratch_folder(settings, "assemble") as folder:
        selection = run.call(fetch_masters, chosen, folder, profile, settings)
        manifest = compile_programme(run, selection, request.quality, folder, profile, settings)
        run.call(publish_release, manifest.release, folder, settings)
    show_release(manifest, settings)
    release = manifest.release
    log.info("%s is released with %d works", release.release_id, len(release.works))
    return {"campaign": release.campaign, "release_id": release.release_id}

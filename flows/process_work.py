"""Process one work: from the bytes somebody uploaded to a master, captions, pictures, a report.

| step | its failure means |
|---|---|
| fetch | tried again for forty minutes, then the run fails; the upload stays where it is |
| register | as fetch |
| examine, conform picture | the file's fault: a report with the finding, no master, `blocked` |
| listen | no sound: the master gets silence, and a finding says so |
| caption | published without captions, and a finding says why |
| finish master | what came out is not the profile's master: the run fails, nothing is published |
| publish, close record | tried again for forty minutes; a reader never sees half a version |
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from prefect import flow
from prefect.runtime import flow_run

from flows.make_version import make_version
from models.errors import Unavailable
from models.profile import CampaignProfile
from models.report import Finding
from models.settings import Settings
from models.work import ProcessRequest, Work
from tasks.adapters.profiles import profile_for
from tasks.adapters.scratch import scratch_folder
from tasks.fetch import fetch_source
from tasks.media.catalogue import describe
from tasks.media.identity import identify, run_label
from tasks.publish import close_record, publish_version, register_upload, reopen_record
from tasks.report import fingerprint_of
from tasks.running import InPrefect
from tasks.show import show_report

log = logging.getLogger(__name__)


def _run_name() -> str:
    return run_label(flow_run.parameters["request"].key, Settings().campaign)


@flow(name="process-work", flow_run_name=_run_name)
def process_work(request: ProcessRequest) -> dict[str, str]:
    """Process one upload of the inbox into a master, captions, pictures and a report."""
    settings, run = Settings(), InPrefect()
    with scratch_folder(settings, "work") as folder:
        source = run.call(fetch_source, request, settings, folder)
        if request.etag and request.etag != source.etag:
            log.info("%s was replaced since: its new upload has a run of its own", request.key)
            return {"state": "superseded"}
        profile, is_known = profile_for(source.campaign, settings)
        identified = identify(source.key, source.campaign, profile, source.sidecar)
        fingerprint = fingerprint_of(source, profile, settings)
        registered = run.call(register_upload, source, identified.identity, fingerprint, settings)
        with _record_told_of_failure(registered.work, settings):
            if registered.finished and not request.force:
                report = registered.finished
            else:
                told = (
                    *identified.findings,
                    *_unknown_campaign(source.campaign, profile, is_known=is_known),
                    *_duplicates(registered.twins, profile),
                )
                report = make_version(run, source, told, folder, profile, settings)
                run.call(publish_version, report, source.campaign, folder, settings)
            work = run.call(close_record, registered.work, report, settings)
        show_report(report, source.campaign, identified.identity, settings)
    log.info("%s is %s, its report says %s", work.work_id, work.state, report.verdict)
    return {"work_id": work.work_id, "state": work.state, "verdict": report.verdict}


def _unknown_campaign(
    campaign: str, profile: CampaignProfile, *, is_known: bool
) -> tuple[Finding, ...]:
    found = None if is_known else describe("identity.unknown_campaign", profile, measured=campaign)
    return (found,) if found else ()


def _duplicates(twins: tuple[str, ...], profile: CampaignProfile) -> tuple[Finding, ...]:
    told = "、".join(twins[:5])
    found = describe("identity.duplicate_bytes", profile, measured=told) if twins else None
    return (found,) if found else ()


@contextmanager
def _record_told_of_failure(work: Work, settings: Settings) -> Iterator[None]:
    """Whatever ends the run, a cancellation too, the record must not say `processing` for ever."""
    try:
        yield
    except BaseException:
        with suppress(Unavailable):  # the store may be what failed: the first error counts
            reopen_record(work, settings)
        raise

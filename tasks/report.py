"""Write what people and programs read about a work."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version as package_version
from pathlib import Path

from models.media import MediaInfo
from models.profile import CampaignProfile
from models.report import (
    Finding,
    Measurements,
    ProfileRef,
    Report,
    SourceFacts,
    in_reading_order,
    verdict_of,
)
from models.settings import Settings
from models.work import Source
from tasks.adapters.ffmpeg import tool_version
from tasks.adapters.pages import render_report
from tasks.adapters.transcriber import named_weights
from tasks.master import Master
from tasks.media.keys import fingerprint, version_of, work_id
from tasks.media.measurements import (
    PictureMeasurements,
    SoundMeasurements,
    decode_errors_of,
)
from tasks.notice import write_notice
from tasks.policies import step


@dataclass(frozen=True)
class Outcome:
    """Everything that was learned of a version."""

    info: MediaInfo | None = None
    picture: PictureMeasurements | None = None
    sound: SoundMeasurements | None = None
    master: Master | None = None
    findings: tuple[Finding, ...] = ()

    def also(
        self,
        findings: tuple[Finding, ...],
        *,
        info: MediaInfo | None = None,
        picture: PictureMeasurements | None = None,
        sound: SoundMeasurements | None = None,
        master: Master | None = None,
    ) -> "Outcome":
        """Return the outcome with what a further step learned."""
        return Outcome(
            info=info or self.info,
            picture=picture or self.picture,
            sound=sound or self.sound,
            master=master or self.master,
            findings=(*self.findings, *findings),
        )

    @property
    def unsure(self) -> tuple[str, ...]:
        """Return the checks that could not be told."""
        seen = (self.picture, self.sound)
        return tuple(sorted({check for part in seen if part for check in part.verdict.unsure}))

    def with_findings(self, findings: tuple[Finding, ...]) -> "Outcome":
        """Return the outcome with its findings replaced, as when evidence was added."""
        return replace(self, findings=findings)


@step("write-report")
def write_report(
    source: Source,
    outcome: Outcome,
    folder: Path,
    profile: CampaignProfile,
    settings: Settings,
    timings_s: Mapping[str, float],
) -> Report:
    """Write `report.json`, `report.html` and, if need be, the notice; return the report."""
    report = compose_report(source, outcome, profile, settings, timings_s)
    (folder / "report.json").write_text(report.model_dump_json(indent=2), "utf-8")
    (folder / "report.html").write_text(render_report(report, profile, folder), "utf-8")
    write_notice(report, source, profile, folder)
    return report


def compose_report(
    source: Source,
    outcome: Outcome,
    profile: CampaignProfile,
    settings: Settings,
    timings_s: Mapping[str, float],
) -> Report:
    """Return the report on an outcome."""
    return Report(
        work_id=work_id(source.campaign, source.key),
        version=version_of(source.sha256),
        profile=ProfileRef(name=profile.name, revision=profile.revision),
        verdict=verdict_of(outcome.findings),
        source=SourceFacts(
            key=source.key,
            file_name=source.file_name,
            size_bytes=source.size_bytes,
            sha256=source.sha256,
            media=outcome.info,
        ),
        findings=in_reading_order(outcome.findings),
        measurements=_measurements(outcome),
        curves=outcome.sound.curves if outcome.sound else None,
        unsure=outcome.unsure,
        master=outcome.master.facts if outcome.master else None,
        tools=tools(settings),
        timings_s={name: round(seconds, 3) for name, seconds in timings_s.items()},
        fingerprint=fingerprint_of(source, profile, settings),
    )


def tools(settings: Settings) -> dict[str, str]:
    """Return the versions that shape a result."""
    return {
        "heji": package_version("heji"),
        "ffmpeg": tool_version(settings.ffmpeg.ffmpeg),
        "whisper": package_version("openai-whisper"),
        "opencv": package_version("opencv-python-headless"),
    }


def fingerprint_of(source: Source, profile: CampaignProfile, settings: Settings) -> str:
    """Name all that changes the result of processing these bytes."""
    return fingerprint(
        {
            "source": source.sha256,
            "sidecar": source.sidecar,
            "profile": profile.model_dump(mode="json"),
            "speech": [settings.whisper.engine, named_weights(settings.whisper)],
            "tools": tools(settings),
        }
    )


def _measurements(outcome: Outcome) -> Measurements:
    picture, sound = outcome.picture, outcome.sound
    master = outcome.master.sound if outcome.master else None
    return Measurements(
        duration_s=picture.duration_s if picture else None,
        frames=picture.frames if picture else None,
        decode_errors=decode_errors_of(picture, sound) if picture else None,
        loudness_lufs=_tenth(sound.integrated_lufs if sound else None),
        loudness_range_lu=_tenth(sound.range_lu if sound else None),
        true_peak_dbtp=_tenth(sound.upload_peak_dbtp if sound else None),
        master_loudness_lufs=_tenth(master.integrated_lufs if master else None),
        master_true_peak_dbtp=_tenth(master.true_peak_dbtp if master else None),
    )


def _tenth(value: float | None) -> float | None:
    return None if value is None else round(value, 1)

"""Make a version of a clip as `heji process` does, with a small master so that it is quick."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from flows.make_version import check_version, make_version
from models.profile import CampaignProfile, Limits, MasterSpec
from models.report import Report
from models.settings import Settings
from tasks.local_file import take_local
from tasks.running import Inline

SMALL = CampaignProfile(
    name="small",
    revision="1",
    title="小样",
    master=MasterSpec(width_px=320, height_px=180, preset="superfast", crf=12, max_rate_kbps=4000),
    limits=Limits(
        duration_min_warn_s=None,
        short_side_block_px=None,
        short_side_warn_px=None,
        long_side_warn_px=None,
        bit_rate_block_bps=None,
        bit_rate_warn_bps=None,
        audio_bit_rate_warn_bps=None,
    ),
)
"""Asks of test clips only what they can give."""


@dataclass(frozen=True)
class Made:
    """A version, and the folder it lies in."""

    report: Report
    folder: Path

    @property
    def master(self) -> Path:
        return self.folder / "master.mp4"

    @property
    def checks(self) -> dict[str, str]:
        """Check ids with their severities."""
        return {f.check: f.severity for f in self.report.findings}


Maker = Callable[..., Made]


def make(path: Path, folder: Path, profile: CampaignProfile = SMALL) -> Made:
    """Process `path` in `folder`, without captions."""
    folder.mkdir(parents=True, exist_ok=True)
    source = take_local(path, folder, profile.name)
    report = make_version(Inline(), source, (), folder, profile, Settings(), has_captions=False)
    return Made(report, folder)


def judge(path: Path, folder: Path, profile: CampaignProfile = SMALL) -> Report:
    """Judge `path` as `heji check` does."""
    folder.mkdir(parents=True, exist_ok=True)
    source = take_local(path, folder, profile.name)
    return check_version(Inline(), source, (), folder, profile, Settings())

"""What a report says about captions."""

from models.profile import CampaignProfile
from models.report import Finding
from models.transcript import CaptionsMade
from tasks.media.catalogue import describe


def caption_findings(made: CaptionsMade, profile: CampaignProfile) -> tuple[Finding, ...]:
    """Return what is to be told: captions are missing, end too early, or nobody speaks."""
    found: Finding | None = None
    if made.reason is not None:
        found = describe("caption.not_made", profile, measured=made.reason)
    elif not made.is_complete:
        until = f"超出时限，只完成了前面的 {made.cues} 条"
        found = describe("caption.incomplete", profile, measured=until)
    elif made.cues == 0:
        found = describe("caption.no_speech", profile)
    return (found,) if found else ()

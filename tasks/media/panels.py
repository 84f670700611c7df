"""Which detectors look at a work."""

from models.media import VideoStream
from models.profile import CampaignProfile
from tasks.media.detection import Detail, Panel, SmallFrame, SoundBlock, Still
from tasks.media.watching import WatchPlan


def frame_panel(
    profile: CampaignProfile, stream: VideoStream, watch: WatchPlan
) -> Panel[SmallFrame]:
    """Return the detectors that see the picture in motion."""
    return Panel([])


def still_panel(profile: CampaignProfile) -> Panel[Still]:
    """Return the detectors that see stills."""
    return Panel([])


def detail_panel(profile: CampaignProfile) -> Panel[Detail]:
    """Return the detectors that see few frames at full size."""
    return Panel([])


def sound_panel(profile: CampaignProfile) -> Panel[SoundBlock]:
    """Return the detectors that hear the sound."""
    return Panel([])

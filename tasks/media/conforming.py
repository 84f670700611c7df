"""Plan how an upload becomes a master: what is copied, what is encoded, and why."""

from dataclasses import dataclass, replace

from models.media import MediaInfo
from models.profile import CampaignProfile, MasterSpec
from tasks.media.geometry import PicturePlan, plan_picture
from tasks.media.loudness import GainPlan, heard_side, is_on_target, plan_gain
from tasks.media.measurements import SoundMeasurements, picture_end_s
from tasks.media.probing import PacketFacts
from tasks.media.quality import NO_WINDOWS, Windows, plan_windows
from tasks.media.scanning import Scan, ScanFacts
from tasks.media.verification import (
    Difference,
    lacks_labels,
    reasons_to_encode,
    reasons_to_encode_sound,
)

FINER_CRF = 5
FINER_RATE = 1.5
"""A second try at quality gets so much lower a CRF, and so many times the bit rate's limit."""


@dataclass(frozen=True)
class SoundPlan:
    """What becomes of the sound."""

    stream_index: int | None = None
    """None makes silence."""
    gain: GainPlan | None = None
    is_copied: bool = False
    why_encoded: tuple[Difference, ...] = ()


@dataclass(frozen=True)
class MasterPlan:
    """Everything that the one pass over an upload needs to know."""

    picture: PicturePlan
    sound: SoundPlan
    spec: MasterSpec
    """As the profile has it, or finer."""
    frames: int
    """How many the master will have, as far as the packets tell."""
    windows: Windows = NO_WINDOWS
    why_encoded: tuple[Difference, ...] = ()
    needs_labels: bool = False
    """A copied picture must be told how its colours are meant."""
    is_finer: bool = False

    @property
    def copies_picture(self) -> bool:
        """Tell whether nothing speaks against copying the picture's packets."""
        return not self.why_encoded


def plan_master(
    info: MediaInfo,
    packets: PacketFacts | None,
    sound: SoundMeasurements | None,
    profile: CampaignProfile,
    most_s: float,
) -> MasterPlan:
    """Plan the master of an upload whose sound was measured as `sound`; `most_s` of it are read.

    Raises:
        ValueError: it has no picture.
    """
    spec = profile.master
    if info.picture is None:
        raise ValueError("an upload without a picture can't become a master")
    why = reasons_to_encode(info, packets, spec)
    ends_s = picture_end_s(packets, info.start_s) if packets else info.duration_s
    frames = max(1, round(min(ends_s or 0.0, most_s) * spec.frame_rate))
    return MasterPlan(
        picture=plan_picture(info.picture, spec),
        sound=_plan_sound(info, sound, float(frames / spec.frame_rate), profile, copies=not why),
        spec=spec,
        frames=frames,
        windows=NO_WINDOWS if not why else plan_windows(frames, spec),
        why_encoded=why,
        needs_labels=lacks_labels(info.picture, spec),
    )


def revised(plan: MasterPlan, scan: ScanFacts, decode_errors: int) -> MasterPlan:
    """Return the plan that the decode asks for: headers lie, and a first pass follows them."""
    picture = plan.picture
    if scan.needs_deinterlacing and not picture.needs_deinterlacing:
        found = Difference("scan", scan.scan.value, "progressive")
        picture = replace(picture, needs_deinterlacing=True)
    elif scan.scan is Scan.TELECINE and picture.needs_deinterlacing:
        return replace(plan, picture=replace(picture, needs_deinterlacing=False))
    elif decode_errors and plan.copies_picture:
        found = Difference("decode errors", decode_errors, 0)
    else:
        return plan
    return replace(
        plan,
        picture=picture,
        sound=replace(plan.sound, is_copied=False),
        windows=plan_windows(plan.frames, plan.spec),
        why_encoded=(*plan.why_encoded, found),
    )


def finer(plan: MasterPlan) -> MasterPlan:
    """Return the plan at higher quality, under the same parameter sets."""
    rate = round(plan.spec.max_rate_kbps * FINER_RATE)
    crf = max(0.0, plan.spec.crf - FINER_CRF)
    spec = plan.spec.model_copy(update={"crf": crf, "max_rate_kbps": rate})
    return replace(plan, spec=spec, is_finer=True)


def _plan_sound(
    info: MediaInfo,
    sound: SoundMeasurements | None,
    picture_s: float,
    profile: CampaignProfile,
    *,
    copies: bool,
) -> SoundPlan:
    stream = info.sound
    if stream is None or sound is None:
        return SoundPlan(why_encoded=(Difference("sound", None, "aac"),))
    why = [*reasons_to_encode_sound(info, picture_s, profile.master)]
    target = profile.loudness
    if not is_on_target(sound, target):
        got = f"{sound.integrated_lufs:.1f} LUFS / {sound.true_peak_dbtp or -99:.1f} dBTP"
        want = f"{target.integrated_lufs:g} LUFS / ≤ {target.true_peak_dbtp:g} dBTP"
        why.append(Difference("loudness", got, want))
    if heard_side(sound, profile.limits) is not None:
        why.append(Difference("sound sides", "one", "both"))
    if not copies:
        why.append(Difference("picture", "encoded"))
    return SoundPlan(
        stream_index=stream.index,
        gain=plan_gain(sound, target, profile.limits),
        is_copied=not why,
        why_encoded=tuple(why),
    )

"""Plan a programme: which card and which stretch of which work stands where, in whole frames."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

from models.compilation import Card, Clip, CompilationSpec, ProcessedWork, Timeline, WorkChoice
from models.errors import RequestInvalid
from models.profile import CampaignProfile
from models.work import Identity

GROUP_KINDS = {"topic": "话题", "province": "省份"}
OTHER_GROUPS = {"topic": "其他话题", "province": "其他"}
NONE_REFUSED: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Cut:
    """A choice of the editor with the work it means, in frames of the master."""

    choice: WorkChoice
    work: ProcessedWork
    in_frame: int
    out_frame: int


@dataclass(frozen=True)
class Group:
    """Works that stand behind one topic card; the name is None where none is known."""

    name: str | None
    cuts: tuple[Cut, ...]


def plan_timeline(
    spec: CompilationSpec,
    works: Iterable[ProcessedWork],
    profile: CampaignProfile,
    refused: Mapping[str, str] = NONE_REFUSED,
) -> Timeline:
    """Return the programme that `spec` asks for.

    A choice names its work by id; `refused` says of some why they can't be had. Groups stand in
    the profile's order of topics, else as they first appear; inside a group the order of the
    spec is kept.

    Raises:
        RequestInvalid: with every problem of the request at once.
    """
    known = {work.work_id: work for work in works}
    problems = find_problems(spec, known, profile, refused)
    if problems:
        raise RequestInvalid(f"compilation “{spec.title}”", problems)
    rate = profile.master.frame_rate
    cuts = [_cut(choice, known[choice.work], rate) for choice in spec.works]
    return Timeline(title=spec.title, frame_rate=rate, items=_items(cuts, spec, profile))


def plan_texts(
    spec: CompilationSpec, works: Iterable[ProcessedWork], profile: CampaignProfile
) -> tuple[Card | Clip, ...]:
    """Return the items of a programme for their texts alone, whatever else is wrong with it."""
    known = {work.work_id: work for work in works}
    named = {choice.work: choice for choice in spec.works if choice.work in known}
    cuts = [Cut(named[name], known[name], 0, max(1, known[name].frames)) for name in named]
    return _items(cuts, spec, profile)


def find_problems(
    spec: CompilationSpec,
    known: Mapping[str, ProcessedWork],
    profile: CampaignProfile,
    refused: Mapping[str, str] = NONE_REFUSED,
) -> tuple[str, ...]:
    """Name everything in `spec` that can't be done."""
    problems = []
    if spec.campaign != profile.name:
        problems.append(f"campaign {spec.campaign} is not the profile {profile.name}")
    counted = Counter(choice.work for choice in spec.works)
    problems += [f"{work} is listed {n} times" for work, n in counted.items() if n > 1]
    for choice in spec.works:
        work = known.get(choice.work)
        if work is None:
            problems.append(f"{choice.work} {refused.get(choice.work, 'is no processed work')}")
        else:
            problems += _problems_of_cut(choice, work, profile.master.frame_rate)
    return tuple(dict.fromkeys(problems))


def to_frames(seconds: float, rate: Fraction) -> int:
    """Return the frame nearest to a moment; seconds go through text, so 0.1 means a tenth."""
    return round(Fraction(str(seconds)) * rate)


def to_seconds(frames: int, rate: Fraction) -> float:
    """Return the moment at which a frame begins."""
    return float(frames / rate)


def _problems_of_cut(choice: WorkChoice, work: ProcessedWork, rate: Fraction) -> list[str]:
    name = f"{work.work_id} ({work.label})"
    if work.frames <= 0:
        return [f"{name} has no frames"]
    problems = []
    start_s = choice.in_s or 0.0
    in_frame = to_frames(start_s, rate)
    out_frame = work.frames if choice.out_s is None else to_frames(choice.out_s, rate)
    if out_frame > work.frames:
        end_s = to_seconds(work.frames, rate)
        problems.append(f"{name}: out at {choice.out_s:g} s is beyond its end at {end_s:g} s")
    if choice.out_s is not None and start_s >= choice.out_s:
        problems.append(f"{name}: in at {start_s:g} s is not before out at {choice.out_s:g} s")
    elif in_frame >= out_frame:
        problems.append(f"{name}: between in at {start_s:g} s and out lies no frame")
    return problems


def _cut(choice: WorkChoice, work: ProcessedWork, rate: Fraction) -> Cut:
    out = work.frames if choice.out_s is None else to_frames(choice.out_s, rate)
    return Cut(choice, work, to_frames(choice.in_s or 0.0, rate), out)


def _items(
    cuts: list[Cut], spec: CompilationSpec, profile: CampaignProfile
) -> tuple[Card | Clip, ...]:
    rate = profile.master.frame_rate
    groups = _grouped(cuts, spec, profile)
    items: list[Clip | Card | None] = [_opening(spec, profile)]
    for group in groups:
        items.append(_group_card(group, spec, profile, alone=len(groups) == 1))
        for cut in group.cuts:
            items += [_work_card(cut.work, spec, rate), _clip(cut, spec, rate)]
    items.append(_closing(spec, profile))
    return tuple(item for item in items if item is not None)


def _grouped(
    cuts: Iterable[Cut], spec: CompilationSpec, profile: CampaignProfile
) -> tuple[Group, ...]:
    members: dict[str | None, list[Cut]] = {}
    for cut in cuts:
        members.setdefault(_group_name(cut, spec, profile), []).append(cut)
    listed = profile.topics if spec.group_by == "topic" else ()
    in_order = [name for name in listed if name in members]
    in_order += [name for name in members if name is not None and name not in in_order]
    groups = [Group(name, tuple(members[name])) for name in in_order]
    if None in members:
        groups.append(Group(None, tuple(members[None])))
    return tuple(groups)


def _group_name(cut: Cut, spec: CompilationSpec, profile: CampaignProfile) -> str | None:
    if spec.group_by == "none":
        return None
    if spec.group_by == "province":
        return cut.work.identity.province
    topic = cut.choice.topic or cut.work.identity.topic
    return topic if not profile.topics or topic in profile.topics else None


def _opening(spec: CompilationSpec, profile: CampaignProfile) -> Card | None:
    frames = to_frames(spec.cards.opening, profile.master.frame_rate)
    return opening_card(spec, profile, frames) if frames else None


def opening_card(spec: CompilationSpec, profile: CampaignProfile, frames: int) -> Card:
    """Return the card with the campaign's title and organisers; the poster is made of it too."""
    subtitle = profile.subtitle if spec.subtitle is None else spec.subtitle
    return Card(
        layout="opening", lines=(spec.title, subtitle), credits=profile.credits, frames=frames
    )


def _group_card(
    group: Group, spec: CompilationSpec, profile: CampaignProfile, *, alone: bool
) -> Card | None:
    frames = to_frames(spec.cards.topic, profile.master.frame_rate)
    if spec.group_by == "none" or not frames or (group.name is None and alone):
        return None
    name = group.name or OTHER_GROUPS[spec.group_by]
    note = f"{len(group.cuts)} 部作品"
    return Card(layout="topic", lines=(GROUP_KINDS[spec.group_by], name, note), frames=frames)


def _work_card(work: ProcessedWork, spec: CompilationSpec, rate: Fraction) -> Card | None:
    frames = to_frames(spec.cards.work, rate)
    if not frames:
        return None
    identity = work.identity
    lines = (_place(identity), identity.school or "", _person(identity), identity.title or "")
    if not any(lines[1:]):
        lines = (lines[0], "", "", work.label)
    return Card(layout="work", lines=lines, frames=frames)


def _closing(spec: CompilationSpec, profile: CampaignProfile) -> Card | None:
    frames = to_frames(spec.cards.closing, profile.master.frame_rate)
    if not frames:
        return None
    lines = (spec.title, profile.closing_text)
    return Card(layout="closing", lines=lines, credits=profile.credits, frames=frames)


def _clip(cut: Cut, spec: CompilationSpec, rate: Fraction) -> Clip:
    lines = _lower_third_lines(cut.work.identity)
    at = to_frames(spec.lower_third.at_s, rate)
    is_shown = (
        lines and to_frames(spec.lower_third.show_s, rate) and at < cut.out_frame - cut.in_frame
    )
    return Clip(
        work=cut.work,
        in_frame=cut.in_frame,
        out_frame=cut.out_frame,
        lower_third=spec.lower_third if is_shown else None,
        lower_third_lines=lines if is_shown else (),
    )


def _place(identity: Identity) -> str:
    parts = dict.fromkeys(part for part in (identity.province, identity.city) if part)
    return " ".join(parts)  # a municipality is its own city


def _person(identity: Identity) -> str:
    return " ".join(part for part in (identity.principal, identity.post) if part)


def _lower_third_lines(identity: Identity) -> tuple[str, ...]:
    home = " ".join(part for part in (_place(identity), identity.school) if part)
    if identity.principal:
        return tuple(line for line in (_person(identity), home) if line)
    return tuple(line for line in (identity.school, _place(identity)) if line and identity.school)

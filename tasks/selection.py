"""Find the works of a compilation: in folders beside its spec, or in the store."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from models.compilation import AssembleRequest, CompilationSpec, ProcessedWork, WorkChoice
from models.errors import CommandFailed, ObjectMissing, RequestInvalid
from models.profile import CampaignProfile
from models.report import Report
from models.settings import Settings
from models.work import Identity, State, Work
from tasks.adapters.containers import sha256_of
from tasks.adapters.ffmpeg import probe
from tasks.adapters.scratch import require_room
from tasks.adapters.store import ObjectStore, open_store
from tasks.media.identity import identify, label_of
from tasks.media.keys import MASTER, version_prefix
from tasks.media.probing import parse_probe
from tasks.policies import patient_step
from tasks.progress import progress_of
from tasks.records import list_works, read_work

CAPTIONS, REPORT, RECORD = "captions.srt", "report.json", "record.json"
ROOM_FACTOR = 3.5
"""Masters, pieces, the sound and the joined programme, as a multiple of the masters."""
STATES_REFUSED = {
    State.RECEIVED: "has not been processed",
    State.PROCESSING: "is being processed",
    State.BLOCKED: "is blocked by its report",
    State.IN_REVIEW: "has not been reviewed",
    State.RETURNED: "was returned to its school",
    State.WITHDRAWN: "is withdrawn",
}


@dataclass(frozen=True)
class Selection:
    """The works that can be had, the spec that names them by id, and why others can't."""

    spec: CompilationSpec
    works: tuple[ProcessedWork, ...] = ()
    refused: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Chosen:
    """What a request means: a spec and the records of its works."""

    spec: CompilationSpec
    records: tuple[Work, ...] = ()


def select_folders(
    spec: CompilationSpec,
    places: Iterable[Path],
    profile: CampaignProfile,
    settings: Settings,
) -> Selection:
    """Look up the spec's works, which are paths of folders or names of folders in `places`.

    Nothing is raised for a work that can't be used: planning names all of them at once.
    """
    choices: list[WorkChoice] = []
    found: dict[str, ProcessedWork] = {}
    refused: dict[str, str] = {}
    roots = tuple(places)
    for choice in spec.works:
        try:
            work = load_work(_folder_of(choice.work, roots), profile, settings)
        except RequestInvalid as error:
            refused[choice.work] = "; ".join(error.problems)
            choices.append(choice)
        else:
            found[work.work_id] = work
            choices.append(choice.model_copy(update={"work": work.work_id}))
    named = spec.model_copy(update={"works": tuple(choices)})
    return Selection(named, tuple(found.values()), refused)


@patient_step("choose-works")
def choose_works(request: AssembleRequest, profile: CampaignProfile, settings: Settings) -> Chosen:
    """Find the records of the works that a request means.

    Raises:
        RequestInvalid: it means none, or some that can't be used; each is named.
        Unavailable: the store doesn't answer.
    """
    store = open_store(settings.store)
    problems: tuple[str, ...] = ()
    if request.selection == "all approved":
        every = list_works(store, settings, request.campaign)
        records = sorted((w for w in every if why_refused(w) is None), key=lambda w: w.inbox_key)
    else:
        records, problems = _listed(request, store, settings)
    if not records and not problems:
        problems = (f"{request.selection}: there is no such work",)
    if problems:
        raise RequestInvalid(f"compilation of {request.campaign}", problems)
    return Chosen(_spec(request, records, profile), tuple(records))


@patient_step("fetch-masters")
def fetch_masters(
    chosen: Chosen, folder: Path, profile: CampaignProfile, settings: Settings
) -> Selection:
    """Fetch the masters and captions of the chosen works and prove that they are whole.

    Raises:
        Unavailable: the store doesn't answer, or the scratch disk is too small.
    """
    store, bucket = open_store(settings.store), settings.store.works
    prefixes = {
        work.work_id: version_prefix(work.campaign, work.work_id, work.current_version or "")
        for work in chosen.records
    }
    refused: dict[str, str] = {}
    sizes = [_size(store, bucket, prefix + MASTER) for prefix in prefixes.values()]
    require_room(settings, round(sum(sizes) * ROOM_FACTOR))
    works: list[ProcessedWork] = []
    with progress_of("取母版 fetch") as advance:
        for number, record in enumerate(chosen.records):
            prefix = prefixes[record.work_id]
            try:
                work = _fetched(record, prefix, folder / record.work_id, store, profile, settings)
            except (ObjectMissing, RequestInvalid) as error:
                refused[record.work_id] = f"can't be used: {error}"
            else:
                url = f"s3://{bucket}/{prefix}{MASTER}"
                works.append(work.model_copy(update={"media_url": url}))
            advance((number + 1) / len(chosen.records))
    return Selection(chosen.spec, tuple(works), refused)


def _fetched(
    record: Work,
    prefix: str,
    here: Path,
    store: ObjectStore,
    profile: CampaignProfile,
    settings: Settings,
) -> ProcessedWork:
    here.mkdir(exist_ok=True)
    for name in (MASTER, REPORT, CAPTIONS):
        if name != CAPTIONS or store.exists(settings.store.works, prefix + name):
            store.fetch_file(settings.store.works, prefix + name, here / name)
    (here / RECORD).write_text(record.model_dump_json(), "utf-8")
    return load_work(here, profile, settings)


def load_work(folder: Path, profile: CampaignProfile, settings: Settings) -> ProcessedWork:
    """Return the processed work that lies in `folder`.

    Raises:
        RequestInvalid: it lacks its master, or the master isn't what its report or the campaign
            says.
    """
    master, report = folder / MASTER, _report(folder)
    if not master.is_file():
        raise RequestInvalid(folder.name, (f"has no {MASTER}: its report says why",))
    record = _record(folder)
    identity = record.identity if record else _identity(report, profile)
    sha256 = sha256_of(master)
    if report and report.master and report.master.sha256 != sha256:
        raise RequestInvalid(folder.name, (f"has another {MASTER} than its report names",))
    captions = folder / CAPTIONS
    file_name = record.file_name if record else report.source.file_name if report else folder.name
    return ProcessedWork(
        work_id=record.work_id if record else report.work_id if report else folder.name,
        version=report.version if report else sha256[:12],
        identity=identity,
        label=label_of(identity, file_name),
        master_path=str(master.resolve()),
        master_sha256=sha256,
        frames=_frames(master, profile, settings),
        captions_path=str(captions.resolve()) if captions.is_file() else None,
    )


def why_refused(work: Work) -> str | None:
    """Return why a work can't stand in a compilation, or None for an approved one."""
    if work.state is not State.APPROVED:
        return STATES_REFUSED[work.state]
    approved = [d.version for d in work.decisions if d.action == "approve"]
    if not approved or approved[-1] != work.current_version:
        return "was approved in another version than the current one"
    return None if work.current and work.current.has_master else "has no master"


def _listed(
    request: AssembleRequest, store: ObjectStore, settings: Settings
) -> tuple[list[Work], tuple[str, ...]]:
    """Return the records of the listed works, and what keeps some of them out."""
    names = [name.strip() for name in request.works if name.strip()]
    counted = Counter(names)
    problems = [f"{name} is listed {n} times" for name, n in counted.items() if n > 1]
    records: list[Work] = []
    for name in counted:
        try:
            work = read_work(store, settings, request.campaign, name)
        except ObjectMissing:
            problems.append(f"{name} is no work of {request.campaign}")
            continue
        reason = why_refused(work)
        if reason:
            problems.append(f"{name} ({work.label}) {reason}")
        records.append(work)
    return records, tuple(problems)


def _spec(
    request: AssembleRequest, records: Iterable[Work], profile: CampaignProfile
) -> CompilationSpec:
    return CompilationSpec(
        campaign=profile.name,
        title=request.title.strip() or profile.title,
        works=tuple(WorkChoice(work=work.work_id) for work in records),
        group_by=request.group_by,
        cards=request.cards,
        lower_third=request.lower_third,
        captions=request.captions,
    )


def _folder_of(name: str, roots: Iterable[Path]) -> Path:
    """Return the folder that holds a work's files: the named one, or its current version's."""
    folder = next((root / name for root in roots if (root / name).is_dir()), None)
    if folder is None:
        raise RequestInvalid(name, ("is not the folder of a processed work",))
    if (folder / MASTER).is_file():
        return folder
    record = _record(folder)
    if record and record.current_version and (folder / record.current_version).is_dir():
        return folder / record.current_version
    inner = [path.parent for path in folder.glob(f"*/{MASTER}")]
    return inner[0] if len(inner) == 1 else folder


def _record(folder: Path) -> Work | None:
    path = next((p for p in (folder / RECORD, folder.parent / RECORD) if p.is_file()), None)
    if path is None:
        return None
    try:
        return Work.model_validate_json(path.read_bytes())
    except ValidationError as error:
        problem = f"has a {RECORD} that is no record"
        raise RequestInvalid(folder.name, (problem,)) from error


def _report(folder: Path) -> Report | None:
    path = folder / REPORT
    if not path.is_file():
        return None
    try:
        return Report.model_validate_json(path.read_bytes())
    except ValidationError as error:
        problem = f"has a {REPORT} that is no report"
        raise RequestInvalid(folder.name, (problem,)) from error


def _identity(report: Report | None, profile: CampaignProfile) -> Identity:
    if report is None:
        return Identity()
    return identify(report.source.key, profile.name, profile).identity


def _frames(master: Path, profile: CampaignProfile, settings: Settings) -> int:
    """Return a master's length after a look at what a programme needs of it."""
    try:
        raw = probe(master, settings=settings.ffmpeg, input_options=("-f", "mov"))
    except CommandFailed as error:
        raise RequestInvalid(master.name, (f"has a {MASTER} that can't be read",)) from error
    info = parse_probe(raw, master.stat().st_size)
    picture = info.picture
    if picture is None or not info.sound:
        raise RequestInvalid(master.name, (f"has a {MASTER} without picture or sound",))
    if picture.frame_rate != profile.master.frame_rate:
        problem = f"runs at {picture.frame_rate} fps, the campaign at {profile.master.frame_rate}"
        raise RequestInvalid(master.name, (problem,))
    return picture.frame_count or 0


def _size(store: ObjectStore, bucket: str, key: str) -> int:
    try:
        return store.stat(bucket, key).size_bytes
    except ObjectMissing:
        return 0

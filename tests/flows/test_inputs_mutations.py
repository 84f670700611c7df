"""Files broken in every way a transfer, a disk or a tool breaks them: each ends in a report.

What is broken is the same in every run: the seeds are names.
"""

import hashlib
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from deployments.cli import app
from models.report import Report
from models.settings import FfmpegSettings, Settings
from tasks.adapters.ffmpeg import probe
from tasks.adapters.scratch import scratch_folder
from tasks.published import published_files
from tests.support.batches import batch
from tests.support.clips import make_clip, mp4_boxes
from tests.support.versions import SMALL, make

pytestmark = pytest.mark.media

SECONDS = 2
VP8 = ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus")
KINDS: dict[str, tuple[str, ...]] = {
    "mp4": ("-movflags", "+faststart"),
    "mov": ("-c:a", "pcm_s16le"),
    "mkv": (),
    "webm": VP8,
    "avi": ("-c:v", "mpeg4", "-q:v", "4", "-c:a", "libmp3lame"),
    "ts": (),
}
Mutation = Callable[[bytearray, str], bytearray]


def keep(share: float) -> Mutation:
    return lambda data, _kind: data[: int(len(data) * share)]


def flip_64_bytes(data: bytearray, kind: str) -> bytearray:
    chance = random.Random(f"flips in {kind}")
    for _ in range(64):
        data[chance.randrange(len(data))] ^= chance.randrange(1, 256)
    return data


def zero_the_index(data: bytearray, kind: str) -> bytearray:
    """Zero what tells a player where things are: the body of moov, Cues or idx1, or PAT and PMT."""
    for start, end in index_of(data, kind):
        data[start:end] = bytes(end - start)
    return data


def index_of(data: bytearray, kind: str) -> list[tuple[int, int]]:
    if kind in ("mp4", "mov"):
        return [(start, end) for name, start, end in mp4_boxes(data) if name == b"moov"]
    if kind == "ts":
        packets = range(0, len(data), 188)
        return [
            (n + 4, n + 188)
            for n in packets
            if (data[n + 1] & 0x1F) << 8 | data[n + 2] in (0, 0x1000)
        ]
    mark = b"idx1" if kind == "avi" else b"\x1c\x53\xbb\x6b"
    return [(data.rindex(mark), len(data))]


def zero_the_middle(data: bytearray, _kind: str) -> bytearray:
    start, end = int(len(data) * 0.45), int(len(data) * 0.55)
    data[start:end] = bytes(end - start)
    return data


def add_junk(data: bytearray, kind: str) -> bytearray:
    return data + random.Random(f"junk behind {kind}").randbytes(20_000)


def double(data: bytearray, _kind: str) -> bytearray:
    return data + data


MUTATIONS: dict[str, Mutation] = {
    "1 % of it": keep(0.01),
    "10 % of it": keep(0.1),
    "50 % of it": keep(0.5),
    "90 % of it": keep(0.9),
    "99 % of it": keep(0.99),
    "64 wrong bytes": flip_64_bytes,
    "no index": zero_the_index,
    "a hole in the middle": zero_the_middle,
    "junk behind it": add_junk,
    "twice in a row": double,
}
HARMLESS = ("junk behind it", "twice in a row")


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> dict[str, bytes]:
    """A small file of each kind, unbroken."""
    folder = tmp_path_factory.mktemp("whole")
    return {
        kind: make_clip(
            folder / f"a.{kind}", seconds=SECONDS, size="96x54", options=options
        ).read_bytes()
        for kind, options in KINDS.items()
    }


@dataclass(frozen=True)
class Ended:
    """How a broken file ended: its report, what is published of it, and what was left behind."""

    report: Report
    published: dict[str, bytes]
    streams: tuple[str, ...]
    left: tuple[str, ...]


def end(folder: Path, data: bytes, kind: str) -> Ended:
    settings = Settings(home=folder / "home")
    path = folder / f"a.{kind}"
    path.write_bytes(data)
    with scratch_folder(settings, "process") as scratch:
        made = make(path, scratch)
        published = {file.name: file.read_bytes() for file in published_files(scratch)}
        probed = probe(made.master, settings=FfmpegSettings()) if made.report.master else {}
    left = [*settings.scratch_dir.iterdir(), *folder.iterdir()]
    streams = tuple(stream["codec_type"] for stream in probed.get("streams", ()))
    return Ended(made.report, published, streams, tuple(sorted(file.name for file in left)))


@pytest.fixture(scope="module")
def ended(request, tmp_path_factory, whole):
    def break_and_end(folder, case):
        kind, _, mutation = case.partition(": ")
        data = bytearray(whole[kind])
        return end(folder, bytes(MUTATIONS[mutation](data, kind) if mutation else data), kind)

    yield from batch(request, tmp_path_factory, "case", break_and_end)


@pytest.mark.parametrize("case", [f"{kind}: {name}" for kind in KINDS for name in MUTATIONS])
def test_a_broken_file_ends_in_a_report(ended, case):
    kind, _, mutation = case.partition(": ")
    one = ended[case].result()
    report = one.report
    assert one.left == (f"a.{kind}", "home")
    if report.master is None:
        assert report.verdict == "block"
        assert [f.hint for f in report.findings if f.severity == "block"]
        assert "master.mp4" not in one.published
        assert mutation not in HARMLESS
        return
    assert hashlib.sha256(one.published["master.mp4"]).hexdigest() == report.master.sha256
    assert one.streams == ("video", "audio")
    longest_s = SECONDS * (2 if mutation == "twice in a row" else 1)
    assert report.master.duration_s <= longest_s + 0.1
    if mutation in HARMLESS:
        assert report.master.duration_s >= SECONDS - 0.1
    if mutation.endswith("% of it"):
        assert is_told(report) or report.master.duration_s >= SECONDS - 0.5


def is_told(report: Report) -> bool:
    """Tell whether a clerk learns that something is missing or wrong."""
    areas = {finding.check.partition(".")[0] for finding in report.findings}
    return bool(areas & {"container", "timing"})


@pytest.mark.parametrize("case", KINDS)
def test_an_unbroken_file_is_not_called_broken(ended, case):
    report = ended[case].result().report
    assert report.master is not None
    assert not [f for f in report.findings if f.check.startswith("container.")]


@pytest.mark.parametrize("mutation", ["10 % of it", "90 % of it", "junk behind it"])
def test_the_command_ends_in_the_same_way(tmp_path, monkeypatch, whole, mutation):
    home = tmp_path / "home"
    (home / "campaigns").mkdir(parents=True)
    monkeypatch.setenv("HEJI_HOME", str(home))
    profile = yaml.safe_dump(json.loads(SMALL.model_dump_json()), allow_unicode=True)
    (home / "campaigns" / "small.yaml").write_text(profile, "utf-8")
    path = tmp_path / "a.mp4"
    path.write_bytes(MUTATIONS[mutation](bytearray(whole["mp4"]), "mp4"))
    options = ["--out", str(tmp_path / "out"), "--profile", "small", "--no-captions"]
    answer = CliRunner().invoke(app, ["process", str(path), *options])
    assert isinstance(answer.exception, SystemExit | None), answer.exception
    (folder,) = (tmp_path / "out").iterdir()
    report = Report.model_validate_json((folder / "report.json").read_bytes())
    assert answer.exit_code == (report.verdict == "block")
    assert (folder / "master.mp4").exists() == (report.master is not None)
    assert not list((home / "scratch").iterdir())


def test_every_mutation_changes_what_it_names(whole):
    for kind, data in whole.items():
        assert index_of(bytearray(data), kind), kind
        made = {name: bytes(change(bytearray(data), kind)) for name, change in MUTATIONS.items()}
        assert len({*made.values(), data}) == len(MUTATIONS) + 1
        again = {name: bytes(change(bytearray(data), kind)) for name, change in MUTATIONS.items()}
        assert made == again

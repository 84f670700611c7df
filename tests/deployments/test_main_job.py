"""The main job on the true parts: presigned uploads in, a finished compilation out."""

import json
import urllib.request
from pathlib import Path

import pytest

from deployments.runs import start_run, views_of_runs, wait_until_final
from models.compilation import AssembleRequest, CardTimes, LowerThird, Manifest, Release
from models.report import Report, Verdict
from models.settings import FfmpegSettings
from models.work import ReviewRequest, State, Work
from tasks.adapters.containers import sha256_of
from tasks.adapters.ffmpeg import probe
from tasks.media.keys import WORK_FILES, latest_key, release_prefix, version_prefix, work_id
from tasks.records import find_work, read_work
from tests.support.clips import make_clip, make_playlist
from tests.support.running_stack import RunningStack, wait_for

pytestmark = pytest.mark.stack

CAMPAIGN = "gonghua-2022"
PROCESSED_S, ASSEMBLED_S = 300, 300


def key_of(name: str) -> str:
    return f"{CAMPAIGN}/浙江省/杭州市/{name}"


def clip_bytes(folder: Path, **options) -> bytes:
    clip = {"seconds": 3, "size": "1280x720", "sound": "anoisesrc=color=pink:seed=3", **options}
    return make_clip(folder / "clip.mp4", **clip).read_bytes()


def processed(running: RunningStack, key: str, version: int = 1) -> Work:
    """Wait until the given upload under a key has been processed."""
    wanted = work_id(CAMPAIGN, key)

    def is_done() -> bool:
        work = find_work(running.store, running.settings, CAMPAIGN, wanted)
        return bool(
            work
            and len(work.versions) == version
            and work.current
            and work.current.verdict is not None
            and work.state not in (State.PROCESSING, State.RECEIVED)
        )

    wait_for(is_done, PROCESSED_S, pause_s=1.0)
    return read_work(running.store, running.settings, CAMPAIGN, wanted)


def report_of(running: RunningStack, work: Work) -> Report:
    key = version_prefix(CAMPAIGN, work.work_id, work.current_version or "") + "report.json"
    return Report.model_validate_json(running.store.read_bytes("works", key))


def names_below(running: RunningStack, bucket: str, prefix: str) -> set[str]:
    return {o.key.removeprefix(prefix) for o in running.store.list_objects(bucket, prefix)}


def run_to_the_end(running: RunningStack, deployment: str, request) -> None:
    with running.prefect() as api:
        run = start_run(api, deployment, request)
        views = wait_until_final(
            lambda: views_of_runs(api, [run]), [run], stall_s=ASSEMBLED_S, limit_s=ASSEMBLED_S
        )
    assert all(view.has_succeeded for view in views.values()), views


def test_uploads_become_a_compilation(running_stack: RunningStack, tmp_path: Path):
    names = (
        "浙江省-杭州市-示例一小-示例校长甲-教育公平",
        "浙江省＿杭州市＿示例二小＿示例校长乙＿强师",
    )
    keys = [key_of(f"{name}.mp4") for name in names]
    for number, key in enumerate(keys):
        running_stack.upload(key, clip_bytes(tmp_path, seconds=3 + number))
    works = [processed(running_stack, key) for key in keys]
    assert [work.identity.school for work in works] == ["示例一小", "示例二小"]
    assert [work.state for work in works] == [State.IN_REVIEW] * 2
    for work in works:
        prefix = version_prefix(CAMPAIGN, work.work_id, work.current_version or "")
        assert set(WORK_FILES) <= names_below(running_stack, "works", prefix)
        run_to_the_end(
            running_stack,
            "review-work",
            ReviewRequest(campaign=CAMPAIGN, work_id=work.work_id, reviewer="test"),
        )
    run_to_the_end(
        running_stack,
        "assemble-compilation",
        AssembleRequest(
            campaign=CAMPAIGN,
            title="测试合辑",
            selection="listed works",
            works=[work.work_id for work in works],
            cards=CardTimes(opening=1, topic=1, work=1, closing=1),
            lower_third=LowerThird(show_s=1, at_s=0.5),
        ),
    )
    check_release(running_stack, [work.work_id for work in works], tmp_path)


def check_release(running: RunningStack, works: list[str], tmp_path: Path) -> None:
    """Fetch the compilation by its link, as an editor does, and hold it against its manifest."""
    release = Release.model_validate_json(
        running.store.read_bytes("releases", latest_key(CAMPAIGN))
    )
    prefix = release_prefix(CAMPAIGN, release.release_id)
    film = tmp_path / "compilation.mp4"
    link = running.store.link("releases", prefix + "compilation.mp4")
    with urllib.request.urlopen(link, timeout=60) as answer:
        film.write_bytes(answer.read())
    manifest = Manifest.model_validate_json(
        running.store.read_bytes("releases", prefix + "manifest.json")
    )
    assert set(release.works) == set(works)
    assert manifest.files["compilation.mp4"] == release.sha256 == sha256_of(film)
    facts = probe(film, settings=FfmpegSettings())
    assert float(facts["format"]["duration"]) == pytest.approx(release.duration_s, abs=0.05)
    assert release.duration_s > 7 + 4  # the works and their cards
    kinds = [stream["codec_type"] for stream in facts["streams"]]
    assert kinds[:2] == ["video", "audio"]
    assert len(facts["chapters"]) == len(manifest.chapters) >= 4
    stored = names_below(running, "releases", prefix)
    assert set(manifest.files) | {"manifest.json"} == stored


def test_other_bytes_under_the_key_are_version_two(running_stack: RunningStack, tmp_path: Path):
    key = key_of("浙江省-杭州市-示例三小-示例校长丙-改稿.mp4")
    running_stack.upload(key, clip_bytes(tmp_path, seconds=2))
    first = processed(running_stack, key)
    running_stack.upload(key, clip_bytes(tmp_path, seconds=3))
    second = processed(running_stack, key, version=2)
    assert first.work_id == second.work_id
    assert [v.number for v in second.versions] == [1, 2]
    assert second.current_version == second.versions[1].version
    old = version_prefix(CAMPAIGN, first.work_id, first.current_version or "") + "master.mp4"
    assert running_stack.store.exists("works", old)  # what stood before is not lost


def test_the_same_bytes_elsewhere_are_told(running_stack: RunningStack, tmp_path: Path):
    data = clip_bytes(tmp_path, seconds=2, rate="24")
    one, two = (key_of(f"浙江省-杭州市-示例{n}小-示例校长丁-同.mp4") for n in ("四", "五"))
    running_stack.upload(one, data)
    first = processed(running_stack, one)
    running_stack.upload(two, data)
    report = report_of(running_stack, processed(running_stack, two))
    twin = [f for f in report.findings if f.check == "identity.duplicate_bytes"]
    assert [f.measured for f in twin] == [first.work_id]


@pytest.mark.parametrize(
    ("name", "check"),
    [("空文件.mp4", "container.unrecognised"), ("播放列表.mp4", "container.playlist")],
)
def test_a_bad_upload_is_blocked_with_a_report_and_kept(
    running_stack: RunningStack, tmp_path: Path, name: str, check: str
):
    data = make_playlist(tmp_path / "list.mp4", "/etc/passwd").read_bytes()
    running_stack.upload(key_of(name), b"" if "空" in name else data)
    work = processed(running_stack, key_of(name))
    report = report_of(running_stack, work)
    assert work.state is State.BLOCKED
    assert report.verdict is Verdict.BLOCK
    assert check in {f.check for f in report.findings}
    assert running_stack.store.exists("inbox", key_of(name))


def test_a_sidecar_tells_who_made_the_work(running_stack: RunningStack, tmp_path: Path):
    key = key_of("IMG_0042.mp4")
    sidecar = json.dumps({"学校": "示例六小", "校长姓名": "示例校长戊", "话题": "教育公平"})
    running_stack.store.put_bytes("inbox", key + ".json", sidecar.encode(), "application/json")
    running_stack.upload(key, clip_bytes(tmp_path, seconds=2, rate="30"))
    work = processed(running_stack, key)
    assert work.identity.school == "示例六小"
    assert work.identity.topic == "教育公平"


def test_no_scratch_is_left(running_stack: RunningStack):
    scratch = running_stack.settings.scratch_dir
    wait_for(lambda: not scratch.exists() or not list(scratch.iterdir()), 60)

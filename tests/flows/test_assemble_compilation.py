"""From approved works in the store to a release in the store, without any Prefect server."""

import json

import pytest

from flows.assemble_compilation import assemble_compilation
from models.compilation import AssembleRequest, CardTimes, Manifest, Release
from models.errors import RequestInvalid, Unavailable
from models.settings import Settings
from models.work import State
from tasks.adapters.containers import sha256_of
from tasks.media.releases import MANIFEST, RELEASE_FILES
from tasks.running import Inline
from tasks.show_release import release_markdown
from tests.support.fake_store import FakeObjectStore
from tests.support.masters import RED, make_master
from tests.support.programmes import PROFILE
from tests.support.records import record, stored

pytestmark = pytest.mark.media

TIMES = CardTimes(opening=0.4, topic=0.4, work=0.4, closing=0.4)


@pytest.fixture(scope="module")
def master(tmp_path_factory):
    return make_master(tmp_path_factory.mktemp("master") / "master.mp4", 60, RED)


@pytest.fixture
def store(monkeypatch, tmp_path):
    """Run the flow's steps plainly, on a store in memory, and keep what it would show."""
    fake = FakeObjectStore("inbox", "works", "releases")
    for module in ("tasks.selection", "tasks.assemble"):
        monkeypatch.setattr(f"{module}.open_store", lambda _settings: fake)
    monkeypatch.setattr("flows.assemble_compilation.InPrefect", Inline)
    monkeypatch.setattr("flows.assemble_compilation.load_profile", lambda _name, _s: PROFILE)
    monkeypatch.setenv("HEJI_SCRATCH_DIR", str(tmp_path / "scratch"))
    monkeypatch.setenv("HEJI_SCRATCH_RESERVE_BYTES", "0")
    fake.shown = []
    monkeypatch.setattr(
        "flows.assemble_compilation.show_release", lambda manifest, _s: fake.shown.append(manifest)
    )
    return fake


def assemble(**fields):
    request = AssembleRequest(campaign=PROFILE.name, cards=TIMES, **fields)
    return assemble_compilation.fn(request)


def test_approved_works_become_a_release_with_everything_beside_it(store, master, tmp_path):
    stored(store, record(1), master)
    stored(store, record(2), master)
    stored(store, record(3, State.IN_REVIEW, approved=None), master)
    told = assemble()
    released = store.buckets["releases"]
    prefix = f"{told['campaign']}/{told['release_id']}/"
    names = {key.removeprefix(prefix) for key in released if key.startswith(prefix)}
    assert names == {*RELEASE_FILES, MANIFEST}
    manifest = Manifest.model_validate_json(released[prefix + MANIFEST])
    assert manifest.release.works == ("w0000000001", "w0000000002")
    assert manifest.release.title == PROFILE.title
    assert manifest.release.duration_s == (10 + 10 + 2 * (10 + 60) + 10) / 25
    for name, sum_ in manifest.files.items():
        (tmp_path / "read").write_bytes(released[prefix + name])
        assert sha256_of(tmp_path / "read") == sum_
    assert Release.model_validate_json(released["small/latest.json"]) == manifest.release
    assert store.shown == [manifest]
    urls = json.loads(released[prefix + "timeline.otio"])
    assert "s3://works/small/w0000000001/" in json.dumps(urls)
    assert str(tmp_path) not in json.dumps(urls)


def test_the_manifest_is_written_after_all_it_speaks_of_and_the_pointer_last(store, master):
    stored(store, record(1), master)
    assemble()
    order = [key.rpartition("/")[2] for key in store.buckets["releases"]]
    assert order[-2:] == [MANIFEST, "latest.json"]


def test_a_draft_does_not_become_the_latest(store, master):
    stored(store, record(1), master)
    assemble(quality="draft", title="样片")
    released = store.buckets["releases"]
    assert "small/latest.json" not in released
    assert store.shown[0].release.title == "样片"


def test_nothing_is_fetched_or_left_when_a_listed_work_cannot_be_used(store, master, tmp_path):
    stored(store, record(1), master)
    stored(store, record(2, State.WITHDRAWN), master)
    with pytest.raises(RequestInvalid, match=r"w0000000002 .* is withdrawn"):
        assemble(selection="listed works", works=["w0000000001", "w0000000002"])
    assert store.buckets["releases"] == {}
    assert not any((tmp_path / "scratch").glob("*"))


def test_scratch_is_empty_after_success_and_after_failure(store, master, tmp_path):
    stored(store, record(1), master)
    assemble()
    assert list((tmp_path / "scratch").iterdir()) == []
    with pytest.raises(RequestInvalid, match="glyph"):
        assemble(title="题目😀")
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_store_that_goes_away_fails_the_run_and_publishes_nothing(store, master, monkeypatch):
    stored(store, record(1), master)
    put = store.put_file

    def put_until_manifest(bucket, key, *rest, **more):
        if key.endswith(MANIFEST):
            raise Unavailable("store", "away")
        return put(bucket, key, *rest, **more)

    monkeypatch.setattr(store, "put_file", put_until_manifest)
    with pytest.raises(Unavailable):
        assemble()
    assert "small/latest.json" not in store.buckets["releases"]
    assert not any(key.endswith(MANIFEST) for key in store.buckets["releases"])


def test_what_a_person_reads_has_links_running_order_and_the_way_to_fresh_links(store, master):
    stored(store, record(1), master)
    assemble()
    (manifest,) = store.shown
    text = release_markdown(
        manifest, {"compilation.mp4": "https://x.test/c"}, "releases/small/r/", 168
    )
    assert "[合辑 compilation](https://x.test/c)" in text
    assert "`heji link releases/small/r/compilation.mp4`" in text
    assert "链接 7 天内有效" in text
    assert "**第1小学** | `w0000000001`" in text
    assert Settings().store.link_hours == 168

"""Which works can stand in a compilation, and what is said of the others."""

from fractions import Fraction

import pytest

from models.compilation import AssembleRequest, WorkChoice
from models.errors import RequestInvalid, Unavailable
from models.settings import Settings
from models.work import State
from tasks.adapters.containers import sha256_of
from tasks.records import save_work
from tasks.selection import choose_works, fetch_masters, load_work, select_folders, why_refused
from tests.support.fake_store import FakeObjectStore
from tests.support.masters import GREEN, RED, make_master
from tests.support.programmes import PROFILE, spec_of
from tests.support.records import V1, V2, record, report, stored


@pytest.fixture
def store(monkeypatch):
    fake = FakeObjectStore("inbox", "works", "releases")
    monkeypatch.setattr("tasks.selection.open_store", lambda _settings: fake)
    return fake


def chosen_ids(store, **fields):
    assert store
    request = AssembleRequest(campaign=PROFILE.name, **fields)
    chosen = choose_works.fn(request, PROFILE, Settings())
    return [choice.work for choice in chosen.spec.works]


def test_all_approved_are_those_whose_current_version_was_approved(store):
    settings = Settings()
    for work in (
        record(3),
        record(1),
        record(2, State.IN_REVIEW, approved=None),
        record(4, State.WITHDRAWN),
        record(5, version=V2),
        record(6, has_master=False),
        record(7, State.BLOCKED, approved=None),
    ):
        save_work(store, settings, work)
    assert chosen_ids(store) == ["w0000000001", "w0000000003"]


@pytest.mark.parametrize(
    ("work", "reason"),
    [
        (record(1), None),
        (record(1, State.WITHDRAWN), "is withdrawn"),
        (record(1, State.BLOCKED), "is blocked by its report"),
        (record(1, State.RETURNED), "was returned to its school"),
        (record(1, State.PROCESSING), "is being processed"),
        (record(1, version=V2), "was approved in another version than the current one"),
        (record(1, approved=None), "was approved in another version than the current one"),
        (record(1, has_master=False), "has no master"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_each_reason_against_a_work_has_its_words(work, reason):
    assert why_refused(work) == reason


def test_listed_works_keep_their_order(store):
    for number in (1, 2, 3):
        save_work(store, Settings(), record(number))
    listed = ["w0000000003", " w0000000001 ", ""]
    assert chosen_ids(store, selection="listed works", works=listed) == [
        "w0000000003",
        "w0000000001",
    ]


def test_every_listed_work_that_cannot_be_used_is_named(store):
    save_work(store, Settings(), record(1))
    save_work(store, Settings(), record(2, State.WITHDRAWN))
    listed = ["w0000000001", "w0000000001", "w0000000002", "w0000000009"]
    with pytest.raises(RequestInvalid) as caught:
        chosen_ids(store, selection="listed works", works=listed)
    assert caught.value.problems == (
        "w0000000001 is listed 2 times",
        "w0000000002 (第2小学) is withdrawn",
        "w0000000009 is no work of small",
    )


@pytest.mark.parametrize("fields", [{}, {"selection": "listed works"}])
def test_no_works_at_all_is_an_invalid_request(store, fields):
    with pytest.raises(RequestInvalid, match="there is no such work"):
        chosen_ids(store, **fields)


def test_a_store_that_is_away_is_worth_trying_again(store):
    store.failure = Unavailable("store", "away")
    with pytest.raises(Unavailable) as caught:
        chosen_ids(store)
    assert caught.value.retryable


@pytest.fixture(scope="module")
def master(tmp_path_factory):
    return make_master(tmp_path_factory.mktemp("master") / "master.mp4", 60, RED)


def fetched(folder):
    chosen = choose_works.fn(AssembleRequest(campaign=PROFILE.name), PROFILE, Settings())
    return fetch_masters.fn(chosen, folder, PROFILE, Settings())


@pytest.mark.media
def test_masters_and_captions_are_fetched_with_their_facts(store, master, tmp_path, monkeypatch):
    monkeypatch.setattr("tasks.selection.require_room", lambda _settings, _bytes: None)
    stored(store, record(1), master)
    (work,) = fetched(tmp_path).works
    assert (work.work_id, work.version, work.frames) == ("w0000000001", V1, 60)
    assert work.identity.topic == "教育公平"
    assert work.master_sha256 == sha256_of(master)
    assert work.captions_path is not None
    assert work.media_url == f"s3://works/small/w0000000001/{V1}/master.mp4"
    assert str(tmp_path) in work.master_path


@pytest.mark.media
def test_a_master_that_changed_on_the_way_is_refused(store, master, tmp_path, monkeypatch):
    monkeypatch.setattr("tasks.selection.require_room", lambda _settings, _bytes: None)
    stored(store, record(1), master, sha256="f" * 64)
    stored(store, record(2), master)
    del store.buckets["works"][f"small/w0000000002/{V1}/master.mp4"]
    selection = fetched(tmp_path)
    assert selection.works == ()
    assert "another master.mp4 than its report names" in selection.refused["w0000000001"]
    assert "no object" in selection.refused["w0000000002"]


def written(folder, work, master, *, nested=False):
    """Write a processed work as `heji process` does, or as the store holds it."""
    here = folder / work.current_version if nested else folder
    here.mkdir(parents=True)
    (here / "master.mp4").write_bytes(master.read_bytes())
    (here / "report.json").write_text(report(work, sha256_of(master)).model_dump_json(), "utf-8")
    (folder / "record.json").write_text(work.model_dump_json(), "utf-8")
    return folder


def selected(tmp_path, *names):
    spec = spec_of(*(WorkChoice(work=name) for name in names))
    return select_folders(spec, [tmp_path], PROFILE, Settings())


@pytest.mark.media
def test_works_are_found_by_folder_by_id_and_one_level_below(master, tmp_path):
    written(tmp_path / "w0000000001", record(1), master)
    written(tmp_path / "elsewhere" / "x", record(2), master)
    written(tmp_path / "w0000000003", record(3), master, nested=True)
    absolute = str(written(tmp_path / "abs", record(4), master))
    found = selected(tmp_path, "w0000000001", "elsewhere/x", "w0000000003", absolute)
    assert found.refused == {}
    named = [f"w{number:010d}" for number in (1, 2, 3, 4)]
    assert [work.work_id for work in found.works] == named
    assert [choice.work for choice in found.spec.works] == named


@pytest.mark.media
def test_one_work_under_two_names_is_the_same_work_twice(master, tmp_path):
    written(tmp_path / "w0000000001", record(1), master)
    found = selected(tmp_path, "w0000000001", "./w0000000001")
    assert [choice.work for choice in found.spec.works] == ["w0000000001", "w0000000001"]
    assert len(found.works) == 1


@pytest.mark.media
def test_folders_that_cannot_be_used_are_named_with_the_reason(master, tmp_path):
    (tmp_path / "empty").mkdir()
    torn = written(tmp_path / "torn", record(1), master)
    (torn / "report.json").write_text("{", "utf-8")
    playlist = tmp_path / "playlist"
    playlist.mkdir()
    (playlist / "master.mp4").write_text("#EXTM3U\n#EXTINF:1,\n../torn/master.mp4\n", "utf-8")
    silent = tmp_path / "silent"
    make_master(silent / "master.mp4", 10, GREEN, options=("-an",))
    found = selected(tmp_path, "empty", "torn", "playlist", "silent", "missing")
    assert found.works == ()
    assert found.refused == {
        "empty": "has no master.mp4: its report says why",
        "torn": "has a report.json that is no report",
        "playlist": "has a master.mp4 that can't be read",
        "silent": "has a master.mp4 without picture or sound",
        "missing": "is not the folder of a processed work",
    }


@pytest.mark.media
def test_a_master_alone_is_a_work_named_after_its_folder(master, tmp_path):
    folder = tmp_path / "某某小学"
    folder.mkdir()
    (folder / "master.mp4").write_bytes(master.read_bytes())
    work = load_work(folder, PROFILE, Settings())
    assert (work.work_id, work.label, work.captions_path) == ("某某小学", "某某小学", None)


@pytest.mark.media
def test_a_master_of_another_frame_rate_is_refused(master, tmp_path):
    folder = written(tmp_path / "w", record(1), master)
    fifty = PROFILE.model_copy(
        update={"master": PROFILE.master.model_copy(update={"frame_rate": Fraction(50)})}
    )
    with pytest.raises(RequestInvalid, match="runs at 25 fps, the campaign at 50"):
        load_work(folder, fifty, Settings())

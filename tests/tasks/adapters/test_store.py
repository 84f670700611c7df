"""What Heji asks of a store, asked of the fake and of the embedded one alike."""

import hashlib
import json
import urllib.error
import urllib.request
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import SecretStr

from models.errors import ObjectMissing, RequestInvalid, Unavailable
from models.settings import StoreSettings
from tasks.adapters.store import ObjectStore, is_reachable, open_store
from tests.support.fake_store import FakeObjectStore
from tests.support.gateway import free_port, running_gateway

NAMES = (
    "省/市/某某学校-示例校长-题目.mp4",
    "a b+c&d=e?f#g%20h.mp4",
    "-leading dash %d.mp4",
    "quotes ' and \" and `.mp4",
    "emoji 🎬.mp4",
    "e\u0301 decomposed.mp4",
)


@pytest.fixture(params=["fake", pytest.param("embedded", marks=pytest.mark.store)])
def store(request: pytest.FixtureRequest) -> ObjectStore:
    if request.param == "fake":
        return FakeObjectStore()
    return open_store(request.getfixturevalue("gateway"))


@pytest.fixture
def bucket(store: ObjectStore) -> str:
    name = f"b{uuid4().hex[:12]}"
    store.ensure_buckets([name])
    return name


def put(store: ObjectStore, bucket: str, key: str, data: bytes = b"data"):
    return store.put_bytes(bucket, key, data, "application/octet-stream")


def test_buckets_may_stand_already(store: ObjectStore, bucket: str):
    put(store, bucket, "kept")
    store.ensure_buckets([bucket])
    assert store.read_bytes(bucket, "kept") == b"data"


@pytest.mark.parametrize("key", NAMES)
def test_an_object_comes_back_under_its_very_name(store: ObjectStore, bucket: str, key: str):
    data = key.encode()
    put(store, bucket, key, data)
    assert store.read_bytes(bucket, key) == data
    assert [found.key for found in store.list_objects(bucket)] == [key]


def test_an_etag_is_the_same_wherever_one_asks(store: ObjectStore, bucket: str):
    stored = put(store, bucket, "key", b"some bytes")
    listed = next(iter(store.list_objects(bucket)))
    md5 = hashlib.md5(b"some bytes", usedforsecurity=False).hexdigest()
    assert stored.etag == listed.etag == store.stat(bucket, "key").etag == md5


def test_an_etag_follows_the_bytes(store: ObjectStore, bucket: str):
    first = put(store, bucket, "key", b"one").etag
    assert put(store, bucket, "key", b"two").etag != first
    assert put(store, bucket, "key", b"one").etag == first


def test_nothing_is_an_object_too(store: ObjectStore, bucket: str):
    assert put(store, bucket, "empty", b"").size_bytes == 0
    assert store.stat(bucket, "empty").etag


def test_files_go_there_and_back(store: ObjectStore, bucket: str, tmp_path: Path):
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(bytes(range(256)) * 100_000)
    heard: list[int] = []
    kept = store.put_file(bucket, "file", source, "video/mp4", on_bytes=heard.append)
    fetched = store.fetch_file(bucket, "file", target)
    assert target.read_bytes() == source.read_bytes()
    assert sum(heard) == kept.size_bytes == fetched.size_bytes == 25_600_000
    assert fetched.etag == kept.etag


@pytest.mark.parametrize("ask", ["stat", "read_bytes"])
def test_what_is_not_there_is_missing(store: ObjectStore, bucket: str, ask: str):
    with pytest.raises(ObjectMissing) as caught:
        getattr(store, ask)(bucket, "nothing")
    assert (caught.value.bucket, caught.value.key) == (bucket, "nothing")
    assert not store.exists(bucket, "nothing")


def test_a_missing_object_leaves_no_file(store: ObjectStore, bucket: str, tmp_path: Path):
    with pytest.raises(ObjectMissing):
        store.fetch_file(bucket, "nothing", tmp_path / "target")
    assert not (tmp_path / "target").exists()


def test_a_missing_bucket_is_missing(store: ObjectStore):
    with pytest.raises(ObjectMissing):
        list(store.list_objects("no-such-bucket"))


def test_listing_goes_down_and_folders_stay_at_one_level(store: ObjectStore, bucket: str):
    for key in ("c1/w1/record.json", "c1/w1/v/master.mp4", "c1/w2/record.json", "c2/x", "top"):
        put(store, bucket, key)
    assert {o.key for o in store.list_objects(bucket, "c1/w1/")} == {
        "c1/w1/record.json",
        "c1/w1/v/master.mp4",
    }
    assert set(store.list_folders(bucket)) == {"c1", "c2"}
    assert set(store.list_folders(bucket, "c1/")) == {"w1", "w2"}


def test_removing_twice_is_no_error(store: ObjectStore, bucket: str):
    put(store, bucket, "folder/key")
    for _ in range(2):
        store.remove(bucket, "folder/key")
    assert not store.exists(bucket, "folder/key")
    assert list(store.list_objects(bucket)) == []


def test_whoever_listens_hears_of_new_objects(store: ObjectStore, bucket: str):
    """The sign of life comes when nothing can be missed any more."""
    put(store, bucket, "before")
    events = store.listen(bucket)
    assert next(events) is None
    keys = ["省/a+b c.mp4", "省/a+b c.mp4", "second"]
    for key in keys:
        put(store, bucket, key)
    assert [next(events) for _ in keys] == keys


def test_a_fake_without_events_says_so():
    store = FakeObjectStore("inbox")
    store.has_events = False
    with pytest.raises(RequestInvalid):
        next(store.listen("inbox"))


def test_without_keys_the_door_says_what_to_do():
    with pytest.raises(RequestInvalid, match="HEJI_STORE_ACCESS_KEY"):
        open_store(StoreSettings())


@pytest.mark.store
class TestEmbedded:
    """What only a server can show."""

    def test_links_work_without_credentials(self, gateway: StoreSettings):
        store = open_store(gateway)
        store.ensure_buckets(["links"])
        key = "省/市/题目 1+1.mp4"
        put_link = store.link("links", key, method="PUT", hours=1)
        request = urllib.request.Request(put_link, data=b"by link", method="PUT")
        with urllib.request.urlopen(request) as answer:
            assert answer.status == 200
        with urllib.request.urlopen(store.link("links", key, download_as="film.mp4")) as got:
            assert got.read() == b"by link"
            assert got.headers["Content-Disposition"] == 'attachment; filename="film.mp4"'

    def test_a_link_is_for_one_object_only(self, gateway: StoreSettings):
        store = open_store(gateway)
        store.ensure_buckets(["links"])
        put(store, "links", "mine")
        put(store, "links", "yours")
        other = store.link("links", "mine").replace("/mine?", "/yours?")
        with pytest.raises(urllib.error.HTTPError, match="403") as refused:
            urllib.request.urlopen(other)
        refused.value.close()

    def test_links_name_the_address_that_people_use(self, gateway: StoreSettings):
        public = gateway.model_copy(update={"public_endpoint": "store.example:9000"})
        link = open_store(public).link("works", "key")
        assert link.startswith("http://store.example:9000/works/key?")

    def test_wrong_keys_are_refused(self, gateway: StoreSettings):
        wrong = gateway.model_copy(update={"access_key": "nobody"})
        with pytest.raises(RequestInvalid):
            open_store(wrong).ensure_buckets(["any"])

    def test_metadata_folders_do_not_show(self, gateway: StoreSettings):
        store = open_store(gateway)
        store.ensure_buckets(["folders"])
        put(store, "folders", "a/b/c.json", json.dumps({}).encode())
        assert [o.key for o in store.list_objects("folders")] == ["a/b/c.json"]

    def test_an_absent_store_is_unavailable(self):
        away = StoreSettings(
            endpoint=f"127.0.0.1:{free_port()}", access_key="a", secret_key=SecretStr("b")
        )
        assert not is_reachable(away)
        with pytest.raises(Unavailable):
            open_store(away).stat("inbox", "key")

    def test_listening_ends_when_the_store_does_and_goes_on_after(self, tmp_path: Path):
        with running_gateway(tmp_path) as settings:
            store = open_store(settings)
            store.ensure_buckets(["inbox"])
            events = store.listen("inbox")
            assert next(events) is None
        with pytest.raises(Unavailable):
            next(events)

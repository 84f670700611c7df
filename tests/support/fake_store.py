"""A store in memory; the contract test of the store door holds it to what a real one does."""

import hashlib
import queue
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from models.errors import HejiError, ObjectMissing, RequestInvalid
from tasks.adapters.store import OnBytes, StoredObject


class FakeObjectStore:
    """Buckets as dictionaries; events go to whoever listens at the time."""

    def __init__(self, *buckets: str) -> None:
        self.buckets: dict[str, dict[str, bytes]] = {name: {} for name in buckets}
        self.failure: HejiError | None = None
        """While set, every call raises it: the store is away."""
        self.has_events = True
        self._listeners: list[queue.Queue[str | HejiError | None]] = []

    def ensure_buckets(self, names: Iterable[str]) -> None:
        self._check()
        for name in names:
            self.buckets.setdefault(name, {})

    def stat(self, bucket: str, key: str) -> StoredObject:
        data = self._data(bucket, key)
        etag = hashlib.md5(data, usedforsecurity=False).hexdigest()
        return StoredObject(bucket, key, etag, len(data), datetime.now(UTC))

    def exists(self, bucket: str, key: str) -> bool:
        self._check()
        return key in self.buckets.get(bucket, {})

    def list_objects(self, bucket: str, prefix: str = "") -> Iterator[StoredObject]:
        for key in sorted(self._bucket(bucket)):
            if key.startswith(prefix) and not key.endswith("/"):
                yield self.stat(bucket, key)

    def list_folders(self, bucket: str, prefix: str = "") -> Iterator[str]:
        below = (k.removeprefix(prefix) for k in self._bucket(bucket) if k.startswith(prefix))
        yield from sorted({rest.partition("/")[0] for rest in below if "/" in rest})

    def fetch_file(self, bucket: str, key: str, path: Path) -> StoredObject:
        path.write_bytes(self._data(bucket, key))
        return self.stat(bucket, key)

    def read_bytes(self, bucket: str, key: str) -> bytes:
        return self._data(bucket, key)

    def put_file(
        self,
        bucket: str,
        key: str,
        path: Path,
        content_type: str,
        *,
        on_bytes: OnBytes | None = None,
    ) -> StoredObject:
        stored = self.put_bytes(bucket, key, path.read_bytes(), content_type)
        if on_bytes:
            on_bytes(stored.size_bytes)
        return stored

    def put_bytes(self, bucket: str, key: str, data: bytes, content_type: str) -> StoredObject:
        assert content_type
        self._bucket(bucket)[key] = data
        self.announce(key)
        return self.stat(bucket, key)

    def remove(self, bucket: str, key: str) -> None:
        self._bucket(bucket).pop(key, None)

    def link(
        self,
        bucket: str,
        key: str,
        *,
        method: Literal["GET", "PUT"] = "GET",
        hours: float | None = None,
        download_as: str | None = None,
    ) -> str:
        return f"https://store.test/{bucket}/{quote(key)}?{method}&{hours}&{download_as}"

    def listen(self, bucket: str) -> Iterator[str | None]:
        self._check()
        self._bucket(bucket)
        if not self.has_events:
            raise RequestInvalid("listen", ("this store has no bucket notifications",))
        listener: queue.Queue[str | HejiError | None] = queue.Queue()
        self._listeners.append(listener)
        yield None
        while True:
            heard = listener.get()
            if isinstance(heard, HejiError):
                raise heard
            yield heard

    def announce(self, key: str) -> None:
        """Send the event alone."""
        for listener in self._listeners:
            listener.put(key)

    def cut_listeners(self, error: HejiError) -> None:
        """End every open stream, as a store does that goes away."""
        listeners, self._listeners = self._listeners, []
        for listener in listeners:
            listener.put(error)

    def _check(self) -> None:
        if self.failure:
            raise self.failure

    def _bucket(self, bucket: str) -> dict[str, bytes]:
        self._check()
        if bucket not in self.buckets:
            raise ObjectMissing(bucket, "")
        return self.buckets[bucket]

    def _data(self, bucket: str, key: str) -> bytes:
        self._check()
        try:
            return self.buckets[bucket][key]
        except KeyError:
            raise ObjectMissing(bucket, key) from None

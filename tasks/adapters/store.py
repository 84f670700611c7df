"""The door to the object store: any S3 endpoint, through the minio SDK.

Nothing here asks for versioning, lifecycle rules or conditional writes (design D5). An object
appears whole or not at all, so a reader never sees half of one.
"""

import io
import json
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

import urllib3
from minio import Minio
from minio.error import InvalidResponseError, MinioException, S3Error, ServerError

from models.errors import HejiError, ObjectMissing, RequestInvalid, Unavailable
from models.settings import StoreSettings
from tasks.adapters.scratch import translated_disk_errors

log = logging.getLogger(__name__)

CONNECT_S, READ_S = 5.0, 60.0
RETRIES = urllib3.Retry(total=3, backoff_factor=0.3, status_forcelist=(500, 502, 503, 504))
PART_BYTES = 16 * 1024 * 1024
MISSING_CODES = ("NoSuchKey", "NoSuchBucket", "NoSuchObject", "ResourceNotFound")
UNKNOWN_CODES = ("NotImplemented", "MethodNotAllowed", "InvalidRequest", "InvalidArgument")
DENIED_CODES = ("AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch")

OnBytes = Callable[[int], None]


@dataclass(frozen=True)
class StoredObject:
    """An object's facts; `etag` names its bytes, so identity never rests on a time stamp."""

    bucket: str
    key: str
    etag: str
    size_bytes: int
    modified_at: datetime | None = None


class ObjectStore(Protocol):
    """What Heji asks of a store; tests bring a fake of the same shape."""

    def ensure_buckets(self, names: Iterable[str]) -> None: ...
    def stat(self, bucket: str, key: str) -> StoredObject: ...
    def exists(self, bucket: str, key: str) -> bool: ...
    def list_objects(self, bucket: str, prefix: str = "") -> Iterator[StoredObject]: ...
    def list_folders(self, bucket: str, prefix: str = "") -> Iterator[str]: ...
    def fetch_file(self, bucket: str, key: str, path: Path) -> StoredObject: ...
    def read_bytes(self, bucket: str, key: str) -> bytes: ...
    def put_file(
        self,
        bucket: str,
        key: str,
        path: Path,
        content_type: str,
        *,
        on_bytes: OnBytes | None = None,
    ) -> StoredObject: ...
    def put_bytes(self, bucket: str, key: str, data: bytes, content_type: str) -> StoredObject: ...
    def remove(self, bucket: str, key: str) -> None: ...
    def link(
        self,
        bucket: str,
        key: str,
        *,
        method: Literal["GET", "PUT"] = "GET",
        hours: float | None = None,
        download_as: str | None = None,
    ) -> str: ...
    def listen(self, bucket: str) -> Iterator[str | None]: ...


def open_store(settings: StoreSettings) -> ObjectStore:
    """Return a client of the store that `settings` name; it connects on first use.

    Raises:
        RequestInvalid: the settings hold no keys.
    """
    if not settings.access_key or not settings.secret_key.get_secret_value():
        problem = "HEJI_STORE_ACCESS_KEY and HEJI_STORE_SECRET_KEY are not set, and no stack is up"
        raise RequestInvalid("store", (problem,))
    return MinioStore(settings)


class MinioStore:
    """An S3 endpoint behind the minio SDK."""

    def __init__(self, settings: StoreSettings) -> None:
        self._settings = settings
        self._client = _client(settings, settings.endpoint)

    def ensure_buckets(self, names: Iterable[str]) -> None:
        """Make the buckets that don't stand yet."""
        with _translated():
            for name in names:
                if not self._client.bucket_exists(bucket_name=name):
                    self._client.make_bucket(bucket_name=name)

    def stat(self, bucket: str, key: str) -> StoredObject:
        """Return an object's facts.

        Raises:
            ObjectMissing: nothing stands under the key.
            Unavailable: the store doesn't answer.
        """
        with _translated(bucket, key):
            return _facts(bucket, self._client.stat_object(bucket_name=bucket, object_name=key))

    def exists(self, bucket: str, key: str) -> bool:
        """Tell whether an object stands under the key."""
        try:
            self.stat(bucket, key)
        except ObjectMissing:
            return False
        return True

    def list_objects(self, bucket: str, prefix: str = "") -> Iterator[StoredObject]:
        """Yield every object below `prefix`; folder placeholders are left out."""
        with _translated(bucket, prefix):
            for item in self._client.list_objects(
                bucket_name=bucket, prefix=prefix, recursive=True
            ):
                if item.object_name and not item.object_name.endswith("/"):
                    yield _facts(bucket, item)

    def list_folders(self, bucket: str, prefix: str = "") -> Iterator[str]:
        """Yield the names of the folders right below `prefix`, without slashes."""
        with _translated(bucket, prefix):
            for item in self._client.list_objects(bucket_name=bucket, prefix=prefix):
                name = item.object_name or ""
                if name.endswith("/") and name != prefix:
                    yield name.removeprefix(prefix).strip("/")

    def fetch_file(self, bucket: str, key: str, path: Path) -> StoredObject:
        """Write an object's bytes to `path`.

        Raises:
            ObjectMissing: nothing stands under the key.
            Unavailable: the store doesn't answer, ended too early, or the disk is full.
        """
        with translated_disk_errors(), _translated(bucket, key):
            response = self._client.get_object(bucket_name=bucket, object_name=key)
            try:
                with path.open("wb") as file:
                    for chunk in response.stream(1024 * 1024):
                        file.write(chunk)
                etag = response.headers.get("ETag", "").strip('"')
                expected = int(response.headers.get("Content-Length", -1))
            finally:
                response.close()
                response.release_conn()
        size = path.stat().st_size
        if expected not in (-1, size):
            raise Unavailable("store", f"{key}: {size} of {expected} bytes arrived")
        return StoredObject(bucket, key, etag, size)

    def read_bytes(self, bucket: str, key: str) -> bytes:
        """Return a small object's bytes.

        Raises:
            ObjectMissing, Unavailable: as `fetch_file`.
        """
        with _translated(bucket, key):
            response = self._client.get_object(bucket_name=bucket, object_name=key)
            try:
                return response.read()
            finally:
                response.close()
                response.release_conn()

    def put_file(
        self,
        bucket: str,
        key: str,
        path: Path,
        content_type: str,
        *,
        on_bytes: OnBytes | None = None,
    ) -> StoredObject:
        """Store a file and check that all of it arrived; `on_bytes` hears of each piece.

        Raises:
            Unavailable: the store doesn't answer or kept another size.
        """
        with _translated(bucket, key):
            self._client.fput_object(
                bucket_name=bucket,
                object_name=key,
                file_path=str(path),
                content_type=content_type,
                part_size=PART_BYTES,
                progress=_Hearing(on_bytes) if on_bytes else None,
            )
        return self._kept(bucket, key, path.stat().st_size)

    def put_bytes(self, bucket: str, key: str, data: bytes, content_type: str) -> StoredObject:
        """Store `data` and check that all of it arrived.

        Raises:
            Unavailable: the store doesn't answer or kept another size.
        """
        with _translated(bucket, key):
            self._client.put_object(
                bucket_name=bucket,
                object_name=key,
                data=io.BytesIO(data),
                length=len(data),
                content_type=content_type,
            )
        return self._kept(bucket, key, len(data))

    def remove(self, bucket: str, key: str) -> None:
        """Remove an object; none there is no error."""
        with _translated(bucket, key):
            self._client.remove_object(bucket_name=bucket, object_name=key)

    def link(
        self,
        bucket: str,
        key: str,
        *,
        method: Literal["GET", "PUT"] = "GET",
        hours: float | None = None,
        download_as: str | None = None,
    ) -> str:
        """Return a link that works without credentials until it expires.

        It is signed for `public_endpoint`, where people reach the store; making it asks nothing
        of the server.
        """
        public = self._settings.public_endpoint or self._settings.endpoint
        life = timedelta(hours=hours or self._settings.link_hours)
        headers: dict[str, str | list[str] | tuple[str]] = {}
        if download_as:
            headers["response-content-disposition"] = f'attachment; filename="{download_as}"'
        return _client(self._settings, public).get_presigned_url(
            method=method,
            bucket_name=bucket,
            object_name=key,
            expires=life,
            response_headers=headers or None,
        )

    def listen(self, bucket: str) -> Iterator[str | None]:
        """Yield the key of every object created from now on, and None as a sign of life.

        Nothing is replayed: whoever listens sweeps after each connect (design D4).

        Raises:
            RequestInvalid: this store has no notification API.
            Unavailable: the connection ended.
        """
        with _translated(bucket):
            response = self._open_events(bucket)
            try:
                yield None
                # Not the SDK's own loop: it connects late, and again without a word, so that
                # what comes in between is lost without a sweep.
                while line := response.readline():
                    yield from _created_keys(line)
            finally:
                response.close()
                response.release_conn()
        raise Unavailable("store", "the notification stream ended")

    def _open_events(self, bucket: str) -> urllib3.BaseHTTPResponse:
        """Connect to the stream; a store without one answers with an error, or with a listing."""
        refusal = RequestInvalid("listen", ("this store has no bucket notifications",))
        try:
            response = self._client._execute(  # noqa: SLF001 - the SDK has no public way
                "GET",
                bucket,
                query_params={"prefix": "", "suffix": "", "events": ["s3:ObjectCreated:*"]},
                preload_content=False,
            )
        except S3Error as error:
            if error.code in UNKNOWN_CODES:
                raise refusal from error
            raise
        if not response.headers.get("Content-Type", "").startswith("text/event-stream"):
            response.close()
            response.release_conn()
            raise refusal
        return response

    def _kept(self, bucket: str, key: str, size: int) -> StoredObject:
        stored = self.stat(bucket, key)
        if stored.size_bytes != size:
            raise Unavailable("store", f"{key}: kept {stored.size_bytes} of {size} bytes")
        return stored


def _created_keys(line: bytes) -> Iterator[str]:
    """Yield the keys of one line of events; unlike in webhooks they are not URL-encoded."""
    text = line.strip()  # the server fills the time between events with blanks
    try:
        records = json.loads(text).get("Records") if text else None
        yield from [record["s3"]["object"]["key"] for record in records or ()]
    except (ValueError, KeyError, TypeError) as error:
        raise Unavailable("store", "the notification stream broke off") from error


class _Hearing:
    """The shape in which the SDK reports pieces."""

    def __init__(self, on_bytes: OnBytes) -> None:
        self._on_bytes = on_bytes

    def set_meta(self, object_name: str, total_length: int) -> None:
        """Take what the caller knows already."""

    def update(self, length: int) -> None:
        """Pass on how many bytes went out."""
        self._on_bytes(length)


def is_reachable(settings: StoreSettings) -> bool:
    """Tell whether something that speaks S3 answers at the endpoint, without retries."""
    scheme = "https" if settings.secure else "http"
    try:
        urllib3.request("GET", f"{scheme}://{settings.endpoint}/", timeout=2.0, retries=False)
    except urllib3.exceptions.HTTPError:
        return False
    return True


def _client(settings: StoreSettings, endpoint: str) -> Minio:
    """Return a client; an endpoint with a scheme says itself whether it speaks TLS."""
    address = urlsplit(endpoint)
    return Minio(
        endpoint=address.netloc or endpoint,
        access_key=settings.access_key,
        secret_key=settings.secret_key.get_secret_value(),
        secure=address.scheme == "https" if address.netloc else settings.secure,
        region=settings.region,  # spares a GetBucketLocation call
        http_client=urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=CONNECT_S, read=READ_S), retries=RETRIES, maxsize=16
        ),
    )


def _facts(bucket: str, item: Any) -> StoredObject:  # noqa: ANN401 - the SDK's own shape
    return StoredObject(
        bucket, item.object_name, (item.etag or "").strip('"'), item.size or 0, item.last_modified
    )


@contextmanager
def _translated(bucket: str = "", key: str = "") -> Iterator[None]:
    """Let no exception of the SDK out: some of them can't be pickled."""
    try:
        yield
    except S3Error as error:
        raise _named(error, bucket, key) from error
    except (ServerError, InvalidResponseError, MinioException) as error:
        raise Unavailable("store", str(error)[:300]) from error
    except (urllib3.exceptions.HTTPError, ConnectionError, TimeoutError) as error:
        raise Unavailable("store", _root_cause(error)[:300]) from error


def _named(error: S3Error, bucket: str, key: str) -> HejiError:
    if error.code in MISSING_CODES:
        return ObjectMissing(bucket, key)
    if error.code in DENIED_CODES:
        return RequestInvalid("store", (f"{error.code} for {bucket}/{key}",))
    return Unavailable("store", f"{error.code}: {error.message}")


def _root_cause(error: BaseException) -> str:
    reason = getattr(error, "reason", None)
    return str(reason) if reason else str(error)

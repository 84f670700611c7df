"""Bring an upload into the run's scratch folder."""

import os
import shutil
from pathlib import Path, PurePosixPath

from models.errors import ObjectMissing, RequestInvalid, Unavailable
from models.settings import Settings
from models.work import ProcessRequest, Source
from tasks.adapters.containers import sha256_of
from tasks.adapters.scratch import require_room, translated_disk_errors
from tasks.adapters.store import ObjectStore, open_store
from tasks.media.graph import INPUT
from tasks.media.keys import campaign_of, sidecar_key
from tasks.policies import patient_step

ROOM_FACTOR = 3
"""Source, master, and the master again while its sound is made anew."""
MOST_SIDECAR_BYTES = 256 * 1024


@patient_step("fetch-source")
def fetch_source(request: ProcessRequest, settings: Settings, folder: Path) -> Source:
    """Fetch the upload and its sidecar; only these bytes are processed, whatever follows them.

    Raises:
        ObjectMissing: the upload is gone.
        Unavailable: the store doesn't answer, or the scratch disk is full.
    """
    store = open_store(settings.store)
    bucket = settings.store.inbox
    facts = store.stat(bucket, request.key)
    require_room(settings, facts.size_bytes * ROOM_FACTOR)
    path = folder / INPUT
    fetched = store.fetch_file(bucket, request.key, path)
    return Source(
        campaign=campaign_of(request.key, settings.campaign),
        key=request.key,
        file_name=PurePosixPath(request.key).name,
        etag=fetched.etag or facts.etag,
        size_bytes=fetched.size_bytes,
        sha256=sha256_of(path),
        sidecar=_sidecar(store, bucket, sidecar_key(request.key)),
    )


def take_local(path: Path, folder: Path, campaign: str) -> Source:
    """Put a local file into the scratch folder, by a link where the disk allows.

    Raises:
        RequestInvalid: it is no file that can be read.
        Unavailable: the scratch disk is full.
    """
    if not path.is_file() or not os.access(path, os.R_OK):
        raise RequestInvalid(str(path), ("not a readable file",))
    target = folder / INPUT
    with translated_disk_errors():
        try:
            os.link(path.resolve(), target)
        except OSError:
            shutil.copyfile(path, target)
    name = path.name.encode("utf-8", "replace").decode()
    return Source(
        campaign=campaign,
        key=f"{campaign}/{name}",
        file_name=name,
        etag="",
        size_bytes=target.stat().st_size,
        sha256=sha256_of(target),
        sidecar=_sidecar_beside(path),
        is_local=True,
    )


def _sidecar_beside(path: Path) -> str | None:
    beside = path.with_name(sidecar_key(path.name))
    try:
        return _decoded(beside.read_bytes())
    except OSError:  # none there, or a name too long to have one
        return None


def _sidecar(store: ObjectStore, bucket: str, key: str) -> str | None:
    try:
        if store.stat(bucket, key).size_bytes > MOST_SIDECAR_BYTES:
            return ""
        return _decoded(store.read_bytes(bucket, key))
    except (ObjectMissing, RequestInvalid):
        return None
    except Unavailable:
        # A key too long for the store's file system can't have a sidecar either.
        if len(PurePosixPath(key).name.encode()) > 255:
            return None
        raise


def _decoded(data: bytes) -> str:
    """Read UTF-8 and leave what isn't to the finding on the sidecar."""
    return data[:MOST_SIDECAR_BYTES].decode("utf-8", "replace")

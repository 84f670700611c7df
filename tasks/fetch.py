"""Bring an upload into the run's scratch folder."""

from pathlib import Path, PurePosixPath

from models.errors import ObjectMissing, RequestInvalid, Unavailable
from models.settings import Settings
from models.work import ProcessRequest, Source
from tasks.adapters.containers import sha256_of
from tasks.adapters.scratch import require_room
from tasks.adapters.store import ObjectStore, open_store
from tasks.media.graph import INPUT
from tasks.media.keys import MOST_SIDECAR_BYTES, campaign_of, sidecar_key, sidecar_text
from tasks.policies import patient_step

ROOM_FACTOR = 3
"""Source, master, and the master again while its sound is made anew."""


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


def _sidecar(store: ObjectStore, bucket: str, key: str) -> str | None:
    try:
        if store.stat(bucket, key).size_bytes > MOST_SIDECAR_BYTES:
            return ""
        return sidecar_text(store.read_bytes(bucket, key))
    except (ObjectMissing, RequestInvalid):
        return None
    except Unavailable:
        # A key too long for the store's file system can't have a sidecar either.
        if len(PurePosixPath(key).name.encode()) > 255:
            return None
        raise

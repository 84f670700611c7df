"""Bring a file of this machine into the scratch folder, as `heji check` and `process` do."""

import os
import shutil
from pathlib import Path

from models.errors import RequestInvalid
from models.work import Source
from tasks.adapters.containers import sha256_of
from tasks.adapters.scratch import translated_disk_errors
from tasks.media.graph import INPUT
from tasks.media.keys import sidecar_key, sidecar_text


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
        return sidecar_text(beside.read_bytes())
    except OSError:  # none there, or a name too long to have one
        return None

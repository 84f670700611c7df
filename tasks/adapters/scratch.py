"""Scratch folders: where a run keeps its files, and nobody else's."""

import errno
import logging
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from models.errors import Unavailable
from models.settings import Settings

log = logging.getLogger(__name__)

LOOKS_EVERY_S = 0.2


@contextmanager
def scratch_folder(settings: Settings, name: str, *, needs_bytes: int = 0) -> Iterator[Path]:
    """Give a folder of its own to the caller and remove it afterwards, whatever happens.

    Raises:
        Unavailable: the disk has no room for `needs_bytes` beside the reserve.
    """
    root = settings.scratch_dir
    with translated_disk_errors():
        root.mkdir(parents=True, exist_ok=True)
        require_room(settings, needs_bytes)
        folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=root))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if folder.exists():
            log.warning("could not remove scratch folder %s", folder)


def require_room(settings: Settings, needs_bytes: int) -> None:
    """Refuse work for which the scratch disk has no room.

    Raises:
        Unavailable: `needs_bytes` and the reserve are more than what is free.
    """
    free = shutil.disk_usage(settings.scratch_dir).free
    if free < needs_bytes + settings.scratch.reserve_bytes:
        raise Unavailable(
            "scratch disk",
            f"{free / 1e9:.1f} GB free in {settings.scratch_dir}, "
            f"{(needs_bytes + settings.scratch.reserve_bytes) / 1e9:.1f} GB needed",
        )


@contextmanager
def translated_disk_errors() -> Iterator[None]:
    """Turn “no space left” into our own error.

    Raises:
        Unavailable: the disk is full.
    """
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Unavailable("scratch disk", "no space left on device") from error
        raise


def files_as_written(pattern: Path, is_over: Event) -> Iterator[Path]:
    """Yield the files of a series that is numbered from 1 on, each once it is whole.

    A file is whole when the next one stands, or when its writer has ended, which `is_over` says.
    `pattern` holds the number's format, such as `%06d`.
    """
    number = 1
    while True:
        has_ended = is_over.is_set()
        path, following = (pattern.with_name(pattern.name % n) for n in (number, number + 1))
        if following.exists() or (has_ended and path.exists()):
            yield path
            number += 1
        elif has_ended:
            return
        else:
            is_over.wait(LOOKS_EVERY_S)

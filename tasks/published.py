"""What of a run's folder goes to those who asked for it."""

from collections.abc import Iterable
from pathlib import Path

from tasks.media.keys import LAST, WORK_FILES


def published_files(folder: Path) -> tuple[Path, ...]:
    """Return the files of a processed work that lie in `folder`, without the report."""
    named: Iterable[Path] = (folder / name for name in WORK_FILES if name != LAST)
    evidence = sorted((folder / "evidence").glob("*.jpg"))
    return tuple(path for path in [*named, *evidence] if path.is_file())

"""Look at stills and details while a pass still writes them: it leaves time to spare."""

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from tasks.adapters.scratch import files_as_written
from tasks.media.detection import Detail, Panel, Still, Verdict
from tasks.media.frames import StillFacts
from tasks.media.watching import DETAILS, STILLS, WatchPlan


@dataclass(frozen=True)
class Studied:
    """What the stills and details of a work show."""

    stills: tuple[StillFacts, ...]
    verdict: Verdict


@contextmanager
def studying(
    folder: Path, watch: WatchPlan, stills: Panel[Still], details: Panel[Detail]
) -> Iterator[Callable[[], Studied]]:
    """Study what is written during the block; call what is given after it for the outcome."""
    is_over = Event()
    for pattern in (STILLS, DETAILS):
        place = (folder / pattern).parent
        shutil.rmtree(place, ignore_errors=True)  # those of a pass before this one
        place.mkdir()

    def study_stills() -> tuple[StillFacts, ...]:
        from tasks.adapters.frames import measure_stills

        paths = files_as_written(folder / STILLS, is_over)
        return measure_stills(paths, watch.stills_per_s, stills.see)

    def study_details() -> None:
        from tasks.adapters.frames import show_details

        paths = files_as_written(folder / DETAILS, is_over)
        show_details(paths, watch.details_per_s, details.see)

    with ThreadPoolExecutor(max_workers=2) as pool:
        facts, shown = pool.submit(study_stills), pool.submit(study_details)

        def outcome() -> Studied:
            shown.result()
            return Studied(facts.result(), stills.verdict().also(details.verdict()))

        try:
            yield outcome
        finally:
            is_over.set()

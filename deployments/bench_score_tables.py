"""Write what the checks' benchmark found, for a terminal and for docs/benchmarks.md."""

from collections.abc import Iterator, Sequence

from deployments.bench_checks import ChecksBench
from deployments.bench_scores import WARNINGS_BAR, CheckScore, Trial, Whole

HEADINGS = (
    *("check", "cases", "recall", "precision", "false", "median error", "worst error"),
    *("unsure", "verdict"),
)
NONE = "–"


def as_cells(score: CheckScore) -> tuple[str, ...]:
    """Write one check's row."""
    return (
        score.check,
        str(score.cases),
        f"{score.recall:.2f}" if score.cases else NONE,
        NONE if score.precision is None else f"{score.precision:.2f}",
        str(score.false),
        _seconds(score.median_error_s),
        _seconds(score.worst_error_s),
        f"{score.unsure} + {score.unsure_clean} clean",
        score.verdict,
    )


def as_markdown(done: ChecksBench) -> str:
    """Write the whole as docs/benchmarks.md shows it."""
    lines = [
        f"{len(done.trials)} clips in {done.seconds:.0f} s; {done.machine}.",
        "",
        f"| {' | '.join(HEADINGS)} |",
        f"|{'---|' * len(HEADINGS)}",
        *(f"| {' | '.join(as_cells(score))} |" for score in done.scores),
        "",
        told_whole(done.whole),
    ]
    return "\n".join(lines)


def told_whole(whole: Whole) -> str:
    """Write in a few lines how all checks did on clean clips."""
    warned = f"{whole.warnings_a_clip:.2f} warnings a clip (at most {WARNINGS_BAR})"
    lines = [
        f"On {whole.clean} clean clips: {whole.blocks} blocks (none allowed), {warned}.",
        f"Looked at twice and told differently: {', '.join(whole.unstable) or 'none'}.",
    ]
    if whole.never:
        lines.append(f"Warned though they never may: {', '.join(whole.never)}.")
    if whole.cost_ratio is not None:
        lines.append(f"A check costs {whole.cost_ratio:.2f} bare decodes, start not included.")
    return "\n".join(lines)


def missed_lines(trials: Sequence[Trial]) -> Iterator[str]:
    """Write what was missed, what was found at a wrong time, and what was told falsely."""
    for trial in trials:
        if trial.check and not trial.is_found:
            word = "unsure of" if trial.check in trial.unsure else "missed"
            yield f"{trial.name}: {word} {trial.check} {_spans(trial)}".rstrip()
        elif trial.check and not trial.is_in_time:
            said = "; ".join(map(str, trial.hits))
            yield f"{trial.name}: {trial.time_error_s:.2f} s off, {_spans(trial)} told as {said}"
        for false in trial.false:
            yield f"{trial.name}: false {false.severity} {false}"


def _spans(trial: Trial) -> str:
    return ", ".join(f"{start:.2f}-{end:.2f}" for start, end in trial.spans)


def _seconds(value: float | None) -> str:
    return NONE if value is None else f"{value:.2f} s"

"""Faults of the sound that the checks' benchmark puts into clean clips."""

from collections.abc import Iterator

from deployments.bench_clips import SOUND_RATE_HZ
from deployments.bench_defects import STRENGTHS, Defect, during
from deployments.bench_sounds import LEVEL_LUFS
from models.profile import Limits, LoudnessTarget
from tasks.media.notes import Span

LOUDER = frozenset({"audio.loudness", "audio.true_peak", "audio.clipping"})
LEVEL = frozenset({"audio.loudness"})
SUNK = LEVEL | {"audio.silence", "audio.noisy"}
"""What may be said of speech that turns very low."""
LESSON_HEADROOM_DB = 7
"""Between the lesson's peaks and full scale."""
DROPOUT_S = (0.06, 0.25)
"""A gap in the middle of speech (Adstream: 12 frames; measured there as 20-480 ms)."""


def sound_defects(limits: Limits, target: LoudnessTarget) -> Iterator[Defect]:
    """Return the faults of the sound; all clips they are put into are at the target's level."""
    yield Defect("audio.missing", "no-track", options=("-an",))
    yield Defect("audio.silent", "digital", sound="volume=0")
    yield Defect("audio.silent", "hiss-80-dB", sound=_hiss(0, -80))
    yield from _of_level(limits, target)
    yield from _of_channels(limits)
    yield from _of_noise(limits)
    yield from _of_flow(limits)


def _of_level(limits: Limits, target: LoudnessTarget) -> Iterator[Defect]:
    for times in STRENGTHS:
        span: Span = (6.0, 6.0 + limits.silence_s * times)
        muted = f"volume=0:{during(*span)}"
        yield Defect("audio.silence", f"{times:g}x", "talk", sound=muted, spans=(span,))
        off_db = target.tolerance_lu * times
        quiet, loud = f"volume={-off_db}dB", f"volume={off_db}dB"
        yield Defect("audio.loudness", f"-{off_db:g}-dB", sound=quiet)
        yield Defect("audio.loudness", f"+{off_db:g}-dB", sound=loud, also=LOUDER)
        over = f"volume={target.true_peak_dbtp + times:.2f}dB"
        click = f"sine=frequency=997:sample_rate={SOUND_RATE_HZ}:duration=0.2,volume=18dB,{over}"
        mixed = f"{click},adelay=7000|7000[c];[0:a][c]amix=inputs=2:normalize=0:duration=first[a]"
        yield Defect("audio.true_peak", f"{times:g}-dB-over", sound=mixed, also=LOUDER)
        over_db = LESSON_HEADROOM_DB + 6 * times
        driven = f"volume={over_db:g}dB,aformat=sample_fmts=s16"
        yield Defect("audio.clipping", f"by-{6 * times:g}-dB", sound=driven, also=LOUDER)
    lowered = f"volume={LESSON_HEADROOM_DB + 12}dB,aformat=sample_fmts=s16,volume=-6dB"
    yield Defect("audio.clipping", "by-12-dB-then-lowered", sound=lowered, also=LOUDER)
    over = f"volume={LESSON_HEADROOM_DB + 12}dB"
    yield Defect("audio.clipping", "by-12-dB-in-the-player", sound=over, also=LOUDER)


def _of_channels(limits: Limits) -> Iterator[Defect]:
    for times in STRENGTHS:
        left = 10 ** (-limits.one_sided_db * times / 20)
        pan = f"pan=stereo|c0=c0|c1={left:.7f}*c1"
        yield Defect("audio.one_sided", f"{times:g}x", sound=pan, also=LEVEL)
    yield Defect("audio.one_sided", "right", sound="pan=stereo|c0=0*c0|c1=c1", also=LEVEL)
    for strength, share in (("whole", 1.0), ("nearly", 0.8)):
        pan = f"pan=stereo|c0=c0|c1=-{share}*c1"
        yield Defect("audio.antiphase", strength, sound=pan, also=LEVEL)


def _of_noise(limits: Limits) -> Iterator[Defect]:
    for times in STRENGTHS:
        below_db = limits.speech_noise_db / times
        hiss = _hiss(1, LEVEL_LUFS - below_db)
        yield Defect("audio.noisy", f"{below_db:g}-dB-below", sound=hiss, also=LEVEL)
    for strength, level_db in (("hum-mild", -40), ("hum-strong", -30)):
        hum = f"aevalsrc='{_hum(level_db)}':sample_rate={SOUND_RATE_HZ}"
        also = frozenset({"audio.noisy", *LEVEL})
        yield Defect("audio.tone", strength, "talk", sound=_mixed(hum), also=also)
    whistle = f"sine=frequency=1000:sample_rate={SOUND_RATE_HZ},volume=-12dB"
    yield Defect("audio.tone", "whistle", "talk", sound=_mixed(whistle), also=LEVEL)
    beep = f"sine=frequency=1000:sample_rate={SOUND_RATE_HZ}[a]"
    quiet = frozenset({"audio.no_speech", "audio.noisy", *LOUDER})
    yield Defect("audio.tone", "test-tone-alone", "talk", sound=beep, also=quiet)
    yield Defect("audio.no_speech", "hiss", sound=_hiss(0, -24), also=frozenset({"audio.noisy"}))


def _of_flow(limits: Limits) -> Iterator[Defect]:
    for gap_s in DROPOUT_S:
        gaps = "+".join(f"between(t,{at},{at + gap_s})" for at in (5.0, 6.3, 7.6, 9.1, 10.4, 12.2))
        cut = f"volume=0:enable='{gaps}'"
        yield Defect("audio.dropout", f"{gap_s * 1000:g}-ms", sound=cut)
    for times in STRENGTHS:
        span: Span = (12.0, 26.0)
        drop = f"volume={-limits.level_jump_lu * times:g}dB:{during(*span)}"
        yield Defect(
            "audio.level_jumps", f"{times:g}x", "talk", sound=drop, spans=(span,), also=SUNK
        )


def _hiss(voice: float, level_db: float) -> str:
    """Mix pink noise of that level, in LUFS, with the clip's sound times `voice`."""
    # Pink noise of amplitude 0.355 measures -24 LUFS, see bench_commands.
    noise = f"anoisesrc=color=pink:amplitude=0.355:seed=5:sample_rate={SOUND_RATE_HZ}"
    return _mixed(f"{noise},volume={level_db + 24}dB", voice)


def _mixed(source: str, voice: float = 1) -> str:
    both = "[y][x]amix=inputs=2:normalize=0:duration=first[a]"
    own = f"[0:a]volume={voice}[y]"
    return f"{own};{source},aformat=channel_layouts=stereo[x];{both}"


def _hum(level_db: float) -> str:
    """Mains hum of 50 Hz with its harmonics."""
    size = 10 ** (level_db / 20)
    parts = ((50, 1.0), (100, 0.8), (150, 0.5), (200, 0.3), (300, 0.2))
    return "+".join(f"{size * share:.5f}*sin(2*PI*{tone}*t)" for tone, share in parts)

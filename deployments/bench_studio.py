"""Make the clips of the checks' benchmark in a folder: each piece once, when it is asked for."""

import hashlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deployments.bench_art import ART, as_pam
from deployments.bench_clips import BASES, Base, build_base, build_conformed
from deployments.bench_commands import read_loudnorm
from deployments.bench_defects import Defect, build_defect
from deployments.bench_sounds import (
    SPEAKING,
    SPOKEN,
    build_level,
    build_meter,
    build_sound,
    build_voices,
)
from models.settings import Settings
from tasks.adapters.ffmpeg import CommandResult, run_command

TIME_LIMIT_S = 900.0


@dataclass
class Studio:
    """A folder in which clips are made."""

    folder: Path
    settings: Settings
    on_step: Callable[[str], None]
    """Takes what is done next."""
    _made: set[str] = field(default_factory=set)

    def base(self, name: str) -> Path:
        """Return a clean clip."""
        base = BASES[name]
        path = self.folder / f"{name}.mp4"
        if self._is_new(path.name):
            self.on_step(f"make {name}: {base.about}")
            self._draw(base.art)
            self._run(build_base(base, self._sound(base), self.settings.ffmpeg))
        return path

    def conformed(self, source: Path, seconds: int) -> Path:
        """Return a clip of the usual form made of any file with picture and sound.

        Raises:
            CommandFailed: the file has not both.
        """
        path = self.folder / f"{_ascii(source)}-{seconds}.mp4"
        if self._is_new(path.name):
            self.on_step(f"take {source.name}")
            argv = build_conformed(str(source.resolve()), seconds, path.name, self.settings.ffmpeg)
            self._run(argv)
        return path

    def injected(self, defect: Defect, source: Path) -> Path:
        """Return `source` with a fault put into it."""
        path = self.folder / f"{source.stem}-{defect.name}{defect.suffix}"
        words = " ".join((*defect.inputs, defect.picture))
        self._draw([name for name in ART if f"{name}.pam" in words])
        seconds = BASES[defect.base].seconds
        self._run(build_defect(defect, source.name, path.name, seconds, self.settings.ffmpeg))
        if defect.surgery:
            path.write_bytes(defect.surgery(path.read_bytes()))
        return path

    def _sound(self, base: Base) -> str:
        """Return the file with the sound of a base, at the usual level."""
        ffmpeg = self.settings.ffmpeg
        if self._is_new(SPOKEN):
            has_espeak = shutil.which(SPEAKING[0]) is not None
            for argv in build_voices(ffmpeg, has_espeak=has_espeak):
                self._run(argv)
        name = f"{base.sound}.wav"
        if self._is_new(name):
            self._run(build_sound(base.sound, ffmpeg))
            heard = read_loudnorm(self._run(build_meter(base.sound, ffmpeg)).stderr_lines)
            self._run(build_level(base.sound, float(heard["I"]), ffmpeg))
        return name

    def _draw(self, names: Sequence[str]) -> None:
        for name in names:
            if self._is_new(f"{name}.pam"):
                (self.folder / f"{name}.pam").write_bytes(as_pam(ART[name]()))

    def _run(self, argv: Sequence[str]) -> CommandResult:
        return run_command(argv, folder=self.folder, timeout_s=TIME_LIMIT_S)

    def _is_new(self, name: str) -> bool:
        """Tell whether a piece must be made; it counts as made from now on."""
        is_new = name not in self._made
        self._made.add(name)
        return is_new


def _ascii(path: Path) -> str:
    """Name a file so that every tool takes it."""
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in path.stem)[:40]
    return f"{kept}-{hashlib.sha256(path.name.encode()).hexdigest()[:6]}"

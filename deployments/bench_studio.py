"""Make the clips of the checks' benchmark in a folder: each piece once, when it is asked for."""

import hashlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from deployments.bench_art import ART, as_pam
from deployments.bench_clips import BASES, Base, build_base, build_conformed, build_lengthened
from deployments.bench_commands import read_loudnorm
from deployments.bench_defects import Defect, build_defect
from deployments.bench_sounds import (
    SPEAKING,
    build_level,
    build_meter,
    build_sound,
    build_voices,
)
from models.settings import Settings
from tasks.adapters.ffmpeg import CommandResult, run_command

TIME_LIMIT_S = 240.0


@dataclass(frozen=True)
class Studio:
    """A folder in which clips are made; what stands there already is not made again."""

    folder: Path
    settings: Settings
    on_step: Callable[[str], None]
    """Takes what is done next."""

    def base(self, name: str) -> Path:
        """Return a clean clip."""
        base = BASES[name]

        def make(part: str) -> None:
            self.on_step(f"make {name}: {base.about}")
            self._draw(base.art)
            self._run(build_base(base, self._sound(base), part, self.settings.ffmpeg))

        return self._kept(f"{name}.mp4", make)

    def conformed(self, source: Path, seconds: int) -> Path:
        """Return a clip of the usual form made of any file with picture and sound.

        Raises:
            CommandFailed, CommandTimedOut: the file has not both, or no end.
        """

        def make(part: str) -> None:
            self.on_step(f"take {source.name}")
            once, path = f"once-{part}", str(source.resolve())
            self._run(build_conformed(path, seconds, once, self.settings.ffmpeg))
            self._run(build_lengthened(once, seconds, part, self.settings.ffmpeg))
            (self.folder / once).unlink()

        return self._kept(f"{_ascii(source)}-{seconds}.mp4", make)

    def injected(self, defect: Defect, source: Path) -> Path:
        """Return `source` with a fault put into it."""
        seconds = BASES[defect.base].seconds

        def make(part: str) -> None:
            self._draw([name for name in ART if f"{name}.pam" in defect.inputs])
            self._run(build_defect(defect, source.name, part, seconds, self.settings.ffmpeg))
            if defect.surgery:
                path = self.folder / part
                path.write_bytes(defect.surgery(path.read_bytes()))

        return self._kept(f"{source.stem}-{defect.name}{defect.suffix}", make)

    def _sound(self, base: Base) -> str:
        """Return the file with the sound of a base, at the usual level."""
        ffmpeg = self.settings.ffmpeg
        has_espeak = shutil.which(SPEAKING[0]) is not None

        def make(part: str) -> None:
            for name, argv in build_voices(ffmpeg, has_espeak=has_espeak).items():
                if not (self.folder / name).exists():
                    self._run(argv)
            self._run(build_sound(base.sound, ffmpeg))
            heard = read_loudnorm(self._run(build_meter(base.sound, ffmpeg)).stderr_lines)
            self._run(build_level(base.sound, float(heard["I"]), part, ffmpeg))

        return self._kept(f"{base.sound}.wav", make).name

    def _draw(self, names: Sequence[str]) -> None:
        for name in names:
            path = self.folder / f"{name}.pam"
            if not path.exists():
                path.write_bytes(as_pam(ART[name]()))

    def _kept(self, name: str, make: Callable[[str], None]) -> Path:
        """Return the file `name`; `make` makes it, under the name of a part, unless it is there."""
        path, part = self.folder / name, self.folder / f"part-{name}"
        if not path.exists():
            make(part.name)
            part.rename(path)
        return path

    def _run(self, argv: Sequence[str]) -> CommandResult:
        return run_command(argv, folder=self.folder, timeout_s=TIME_LIMIT_S)


def _ascii(path: Path) -> str:
    """Name a file so that every tool takes it."""
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in path.stem)[:40]
    return f"{kept}-{hashlib.sha256(path.name.encode()).hexdigest()[:6]}"

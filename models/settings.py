"""Every setting of the software, read once from `HEJI_*` variables.

Nested names join with one underscore: `HEJI_STORE_ENDPOINT` is `store.endpoint`. A campaign's
limits are not here: they are in its profile.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from models.base import Frozen


class StoreSettings(Frozen):
    """The S3 store."""

    endpoint: str = Field(default="127.0.0.1:9000", description="host:port, no scheme")
    public_endpoint: str | None = Field(
        default=None,
        description="address in links that people open, host:port or with a scheme (https://…); "
        "the endpoint itself if unset",
    )
    access_key: str = ""
    secret_key: SecretStr = SecretStr("")
    secure: bool = Field(default=False, description="TLS to the store")
    region: str = "us-east-1"
    inbox: str = "inbox"
    works: str = "works"
    releases: str = "releases"
    link_hours: float = Field(default=7 * 24, gt=0, le=7 * 24, description="life of links")


class FfmpegSettings(Frozen):
    """The programs that open media."""

    ffmpeg: str = "ffmpeg"
    ffprobe: str = "ffprobe"
    threads: int = Field(default=0, ge=0, description="of an encoder; 0 lets ffmpeg choose")
    decoder_threads: int = Field(
        default=8,
        gt=0,
        description="frames of an upload that are decoded at a time: with more than cores the "
        "decoder works on while filters hold up what reads from it",
    )
    max_pixels: int = Field(default=36_000_000, gt=0, description="largest frame that is opened")
    max_streams: int = Field(default=32, gt=0)
    max_duration_s: float = Field(default=4 * 3600, gt=0, description="no more of a file is read")
    min_time_s: float = Field(default=60, gt=0, description="least time a command may take")
    time_factor: float = Field(
        default=12, gt=0, description="a command may take this many times its media's length"
    )
    upload_time_factor: float = Field(
        default=4,
        gt=0,
        description="the same for commands on uploads, which may be made to waste time; pictures "
        "over full HD and HDR get more; raise it on a slow machine",
    )
    stall_s: float = Field(
        default=60, gt=0, description="a command that comes no further for so long is ended"
    )
    sandbox: Literal["auto", "off"] = "auto"


class WhisperSettings(Frozen):
    """The speech engine."""

    engine: Literal["openai-whisper"] = "openai-whisper"
    model: str | None = Field(
        default=None,
        description="name or path of the weights; unset: what `make setup` prepared, else `base`",
    )
    device: str = "cpu"
    threads: int = Field(
        default=0, ge=0, description="CPU threads; 0: half the cores, as ffmpeg encodes beside"
    )


class ScratchSettings(Frozen):
    """Where a run keeps its files while it works."""

    dir: Path | None = Field(default=None, description="unset: HEJI_HOME/scratch")
    reserve_bytes: int = Field(
        default=1_000_000_000, ge=0, description="room that must stay free on the disk"
    )


class StackSettings(Frozen):
    """The embedded stack that `heji up` starts, always on loopback."""

    store_port: int = Field(default=9000, gt=0, lt=65536)
    prefect_port: int = Field(default=4200, gt=0, lt=65536)
    works_at_once: int = Field(default=2, gt=0, description="runs that the worker does at a time")
    start_timeout_s: float = Field(default=180, gt=0, description="for all parts together")


class Settings(BaseSettings):
    """The whole tree; `Settings()` reads the environment."""

    model_config = SettingsConfigDict(
        env_prefix="HEJI_",
        env_nested_delimiter="_",
        env_nested_max_split=1,
        frozen=True,
        extra="forbid",
    )

    home: Path = Field(
        default_factory=lambda: Path.home() / ".heji", description="state of the embedded stack"
    )
    campaign: str = Field(
        default="gonghua-2022", description="profile for uploads whose key names no campaign"
    )
    store: StoreSettings = StoreSettings()
    ffmpeg: FfmpegSettings = FfmpegSettings()
    whisper: WhisperSettings = WhisperSettings()
    scratch: ScratchSettings = ScratchSettings()
    stack: StackSettings = StackSettings()

    @property
    def scratch_dir(self) -> Path:
        """The folder under which every run makes its own."""
        return self.scratch.dir or self.home / "scratch"

    def as_environment(self) -> dict[str, str]:
        """Return the variables from which a child process reads these same settings."""
        named = {f"HEJI_{name}": value for name, value in self}
        for group, value in list(named.items()):
            if isinstance(value, Frozen):
                del named[group]
                named |= {f"{group}_{name}": part for name, part in value}
        return {name.upper(): _as_text(v) for name, v in named.items() if v is not None}


def _as_text(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)

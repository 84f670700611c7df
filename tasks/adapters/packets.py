"""The door to the packets of an upload: picture and sound are read in one go."""

from collections.abc import Sequence
from pathlib import Path

from models.media import AudioStream, VideoStream
from models.settings import FfmpegSettings
from tasks.adapters.ffmpeg import run_command
from tasks.media.envelope import Layer
from tasks.media.probing import PACKET_ENTRIES, PacketFacts, PacketReader
from tasks.media.sound_packets import SoundPackets, SoundReader


def read_both(
    path: Path,
    picture: VideoStream,
    sound: AudioStream | None,
    *,
    settings: FfmpegSettings,
    input_options: Sequence[str] = (),
    timeout_s: float = 120.0,
) -> tuple[PacketFacts | None, SoundPackets | None]:
    """Return what the packets of picture and sound say; nothing is decoded.

    Raises:
        CommandFailed, CommandTimedOut, Unavailable: as `run_command`.
    """
    seen = PacketReader()
    heard = SoundReader(sound.codec, sound.sample_rate_hz) if sound else None
    readers = {f"stream_index={picture.index}": seen.read}
    if sound and heard:
        readers[f"stream_index={sound.index}"] = heard.read

    def on_line(line: str) -> None:
        index, _, packet = line.partition("|")
        if read := readers.get(index):
            read(packet)

    entries = PACKET_ENTRIES.replace("=", "=stream_index,", 1)
    argv = (settings.ffprobe, "-v", "error", "-show_entries", entries, "-of", "compact=p=0")
    every = frozenset(Layer)
    run_command(
        (*argv, *input_options, "-i", f"file:{path.name}"),
        folder=path.parent,
        timeout_s=timeout_s,
        layers=every if settings.sandbox == "auto" else every - {Layer.SANDBOX},
        on_line=on_line,
    )
    return seen.facts(), heard.facts() if heard else None

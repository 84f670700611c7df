"""The door to the packets of a file, as ffprobe lists them."""

from collections.abc import Callable, Sequence
from pathlib import Path

from models.media import AudioStream, VideoStream
from models.settings import FfmpegSettings
from tasks.adapters.ffmpeg import layers_of, run_command
from tasks.media.probing import PACKET_ENTRIES, PacketFacts, PacketReader
from tasks.media.sound_packets import SoundPackets, SoundReader


def read_packets(
    path: Path, stream_index: int, *, settings: FfmpegSettings, timeout_s: float = 120.0
) -> PacketFacts | None:
    """Return what the packets of one stream say; nothing is decoded.

    Raises:
        CommandFailed, CommandTimedOut, Unavailable: as `run_command`.
    """
    reader = PacketReader()
    wanted = ("-select_streams", str(stream_index), "-show_entries", PACKET_ENTRIES)
    _list(path, (*wanted, "-of", "compact=p=0"), reader.read, settings, timeout_s)
    return reader.facts()


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
    wanted = ("-show_entries", entries, "-of", "compact=p=0", *input_options)
    _list(path, wanted, on_line, settings, timeout_s)
    return seen.facts(), heard.facts() if heard else None


def _list(
    path: Path,
    wanted: Sequence[str],
    on_line: Callable[[str], None],
    settings: FfmpegSettings,
    timeout_s: float,
) -> None:
    run_command(
        (settings.ffprobe, "-v", "error", *wanted, "-i", f"file:{path.name}"),
        folder=path.parent,
        timeout_s=timeout_s,
        layers=layers_of(settings),
        on_line=on_line,
    )

"""Look at an upload without decoding it: kind, streams, packets."""

from dataclasses import dataclass, replace
from pathlib import Path

from models.errors import CommandFailed, CommandTimedOut, SourceRefused
from models.media import AudioStream, MediaInfo
from models.profile import CampaignProfile
from models.report import Finding
from models.settings import Settings
from models.work import Source
from tasks.adapters.containers import read_head, sample_entries, top_level_boxes
from tasks.adapters.ffmpeg import probe
from tasks.adapters.packets import read_both
from tasks.media.catalogue import describe
from tasks.media.declarations import judge_declarations
from tasks.media.endings import ends_early
from tasks.media.graph import INPUT, as_arguments, input_options
from tasks.media.probing import PacketFacts, parse_probe
from tasks.media.refusals import (
    last_words,
    refusal_of_pace,
    refusal_of_probe,
    refusal_of_protection,
    refusal_of_streams,
)
from tasks.media.sniffing import Sniffed, extension_fits, sniff
from tasks.media.sound_packets import SoundPackets
from tasks.media.timing import judge_timing
from tasks.policies import step


@dataclass(frozen=True)
class Examined:
    """What is known of an upload before it is decoded."""

    demuxers: str
    info: MediaInfo
    packets: PacketFacts | None
    is_cut_off: bool
    findings: tuple[Finding, ...] = ()

    @property
    def length_s(self) -> float | None:
        """How long the media is: the packets tell it better than a header that may lie."""
        if self.packets:
            return self.packets.end_s - self.packets.first_s
        return self.info.duration_s

    def with_sound(self, chosen: AudioStream, told: Finding | None) -> "Examined":
        """Return the same with one of several sounds chosen, and what is told of it."""
        info = self.info.model_copy(update={"chosen_sound": chosen.index})
        return replace(self, info=info, findings=(*self.findings, *((told,) if told else ())))


@step("examine-source")
def examine_source(
    source: Source, folder: Path, profile: CampaignProfile, settings: Settings
) -> Examined:
    """Tell what the upload is.

    Raises:
        SourceRefused: it is nothing that may or can be decoded; names the finding.
    """
    path = folder / INPUT
    head = read_head(path)
    sniffed = sniff(head)
    if sniffed.refusal:
        raise SourceRefused(*sniffed.refusal)
    boxes = top_level_boxes(path) if sniffed.family == "mp4" else ()
    is_cut_off = ends_early(sniffed.family or "", head, source.size_bytes, boxes)
    protection = refusal_of_protection(sample_entries(path, boxes))
    if protection:
        raise SourceRefused(*protection)
    info = _probed(path, source, sniffed, settings, is_cut=is_cut_off)
    packets, sound_packets = _packets(path, info, sniffed, settings)
    refusal = refusal_of_streams(info) or refusal_of_pace(packets)
    if refusal:
        raise SourceRefused(*refusal)
    found: list[Finding | None] = [
        *judge_declarations(info, profile),
        *judge_timing(info, packets, sound_packets, profile),
    ]
    if extension_fits(sniffed.family or "", source.file_name) is False:
        told = f"{source.file_name.rpartition('.')[2][:12]} / {sniffed.family}"
        found.append(describe("container.extension_mismatch", profile, measured=told))
    return Examined(
        demuxers=sniffed.demuxers,
        info=info,
        packets=packets,
        is_cut_off=is_cut_off,
        findings=tuple(f for f in found if f),
    )


def _probed(
    path: Path, source: Source, sniffed: Sniffed, settings: Settings, *, is_cut: bool
) -> MediaInfo:
    options = as_arguments(input_options(settings.ffmpeg, sniffed.demuxers))
    try:
        raw = probe(path, settings=settings.ffmpeg, input_options=options)
    except CommandTimedOut as error:
        raise SourceRefused("container.undecodable", "读取文件头超时") from error
    except CommandFailed as error:
        words = last_words(error.last_words)
        raise SourceRefused(*refusal_of_probe(words, is_cut=is_cut)) from error
    return parse_probe(raw, source.size_bytes)


def _packets(
    path: Path, info: MediaInfo, sniffed: Sniffed, settings: Settings
) -> tuple[PacketFacts | None, SoundPackets | None]:
    """Packets are a help, not a need: a file whose packets can't be listed may still decode."""
    if info.picture is None:
        return None, None
    options = as_arguments(input_options(settings.ffmpeg, sniffed.demuxers))
    try:
        return read_both(
            path, info.picture, info.sound, settings=settings.ffmpeg, input_options=options
        )
    except (CommandFailed, CommandTimedOut):
        return None, None

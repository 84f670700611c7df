"""The sound of the checks' benchmark: speech, music, applause, and the commands that make them."""

from deployments.bench_clips import SOUND_RATE_HZ, ffmpeg
from models.settings import FfmpegSettings

LEVEL_LUFS = -24.0
NOWHERE = ("-f", "null", "-")
SOUND_S = 50
SPOKEN, MUSICAL = "spoken.wav", "played.wav"
CHORDS = ((220.0, 277.2, 329.6), (196.0, 246.9, 293.7), (174.6, 220.0, 261.6), (146.8, 220, 293.7))
"""Of the music, two seconds each; stereo: the third voice is not the same left and right."""


def _chord(voice: str) -> str:
    notes = []
    for number, (low, middle, high) in enumerate(CHORDS):
        tones = f"sin({low}*T)+sin({middle}*T)+0.6*sin({high}*T+{voice})+0.3*sin({2 * middle}*T)"
        shown = f"between(mod(t,8),{2 * number},{2 * number + 1.999})"
        notes.append(f"{shown}*({tones})".replace("*T", "*2*PI*t"))
    struck = "exp(-2.2*mod(t,0.5))"
    return f"0.1*{struck}*({'+'.join(notes)})"


MUSIC = f"aevalsrc='{_chord('0')}|{_chord('1.1')}':sample_rate={SOUND_RATE_HZ}"
BABBLE = (
    f"anoisesrc=color=pink:seed=3:sample_rate={SOUND_RATE_HZ},bandpass=f=900:w=1400,"
    "volume='if(lt(mod(t,4.1),3.4),pow(sin(t*11)*sin(t*4.7),2),0)':eval=frame"
)
"""Stands for speech where espeak-ng is missing: noise that goes as syllables do."""
ROOM = f"anoisesrc=color=pink:amplitude=0.008:seed=%d:sample_rate={SOUND_RATE_HZ}"
"""A room 33 dB below the voice, which a microphone at the coat hears."""
SPEECH_TEXT = (
    "各位老师，各位同学，大家好。今天我想和大家谈一谈阅读。我们学校每天早晨有二十分钟的晨读。"
    "孩子们自己选故事，高年级的同学读给低年级的同学听。老师在旁边听，只问一个问题，然后让他们自己想。"
    "这件事我们坚持了十年。一起读书让人有耐心，也让人有信心。它不花什么钱，却改变了一整天的心情。"
    "每周三，老师们一起听一节课，再谈一个小时。我们只谈课，不评人，所以每个人都能学到东西。"
    "山里的学校没有音乐老师，我们就通过网络和城里的学校一起上课。两个班级都提问题，两个班级都有收获。"
    "教育公平不是一样的房子，而是一样的机会。谢谢大家。"
)
SPEAKING = ("espeak-ng", "-v", "cmn", "-s", "165", "-w", SPOKEN, SPEECH_TEXT)
SOUNDS = {
    "speech": "[0:a]anull",
    "voice-over": "[0:a]anull",
    "music": "[1:a]anull",
    "music+speech": "[1:a]volume='if(lt(t,4.5),1,0.25)':eval=frame[m];"
    "[0:a]adelay=4500|4500[s];[m][s]amix=inputs=2:normalize=0:duration=longest",
    "speech+applause": "[0:a]volume='lt(t,10)':eval=frame[s];"
    f"anoisesrc=color=white:amplitude=0.2:seed=9:sample_rate={SOUND_RATE_HZ},highpass=400,"
    "volume='between(t,10.3,14)*(0.5+0.5*random(0))':eval=frame,aformat=channel_layouts=stereo[c];"
    "[s][c]amix=inputs=2:normalize=0:duration=longest",
}
"""What is heard, made of speech, `[0:a]`, and music, `[1:a]`."""
STUDIO_MADE = frozenset({"voice-over", "music"})
"""Sounds without a room around them: between two words there is nothing."""


def build_voices(settings: FfmpegSettings, *, has_espeak: bool) -> dict[str, list[str]]:
    """Return what is made, the speech, or a stand-in, and the music, and by which commands."""
    synthetic = ("-f", "lavfi", "-t", str(SOUND_S), "-i")
    speech = list(SPEAKING) if has_espeak else ffmpeg(settings, *synthetic, BABBLE, SPOKEN)
    return {SPOKEN: speech, MUSICAL: ffmpeg(settings, *synthetic, MUSIC, MUSICAL)}


def build_sound(name: str, settings: FfmpegSettings) -> list[str]:
    """Return the command that makes `<name>.raw.wav`, a key of `SOUNDS`."""
    return ffmpeg(
        settings,
        *("-stream_loop", "-1", "-i", SPOKEN, "-stream_loop", "-1", "-i", MUSICAL),
        *("-filter_complex", f"{SOUNDS[name]},apad[a]", "-map", "[a]"),
        *("-t", str(SOUND_S), "-ar", str(SOUND_RATE_HZ), "-ac", "2", f"{name}.raw.wav"),
    )


def build_meter(name: str, settings: FfmpegSettings) -> list[str]:
    """Return the command that measures how loud a raw sound is."""
    return ffmpeg(settings, "-i", f"{name}.raw.wav", "-af", "loudnorm=print_format=json", *NOWHERE)


def build_level(raw: str, measured_lufs: float, name: str, settings: FfmpegSettings) -> list[str]:
    """Return the command that brings a raw sound to the usual level, as the file `name`.

    Then a room's noise is added, other left than right; a voice-over has none.
    """
    level = f"volume={LEVEL_LUFS - measured_lufs:.2f}dB,alimiter=limit=-4dB:level=disabled"
    if raw in STUDIO_MADE:
        return ffmpeg(settings, "-i", f"{raw}.raw.wav", "-af", level, name)
    rooms = "".join(f"{ROOM % seed}[n{seed}];" for seed in (1, 2))
    room = f"{rooms}[n1][n2]join=inputs=2:channel_layout=stereo[room]"
    both = "[x][room]amix=inputs=2:normalize=0:duration=first[a]"
    graph = f"{room};[0:a]{level}[x];{both}"
    return ffmpeg(
        settings,
        *("-i", f"{raw}.raw.wav", "-filter_complex", graph, "-map", "[a]"),
        *("-c:a", "pcm_s24le", "-ar", str(SOUND_RATE_HZ), name),
    )

"""ffmpeg's progress is read line by line; nothing else is taken for progress."""

from tasks.media.progress import Progress, ProgressReader, fraction_done


def read_all(text):
    reader = ProgressReader()
    return [p for line in text.splitlines() if (p := reader.read(line))]


def test_a_block_becomes_one_progress():
    text = "frame=10\nout_time_us=400000\nout_time_ms=400000\nspeed= 1.5x\nprogress=continue\n"
    assert read_all(text) == [Progress(400_000, 1.5, is_done=False)]


def test_what_is_not_known_is_none():
    assert read_all("out_time_us=N/A\nspeed=N/A\nprogress=end") == [
        Progress(None, None, is_done=True)
    ]


def test_noise_is_no_progress():
    assert read_all("hello\n[error] x\n") == []


def test_the_share_is_clamped_and_unknown_without_a_length():
    assert fraction_done(Progress(5_000_000, None, is_done=False), 10.0) == 0.5
    assert fraction_done(Progress(50_000_000, None, is_done=False), 10.0) == 1.0
    assert fraction_done(Progress(5, None, is_done=False), None) is None
    assert fraction_done(Progress(None, None, is_done=True), None) == 1.0

"""Files that are read while they are written."""

from threading import Event, Thread
from time import sleep

from tasks.adapters.scratch import files_as_written


def test_a_file_is_whole_when_the_next_one_stands_or_the_writer_has_ended(tmp_path):
    is_over, seen = Event(), []
    names = [tmp_path / f"{n:03d}.txt" for n in range(1, 5)]

    def read():
        for path in files_as_written(tmp_path / "%03d.txt", is_over):
            seen.append((path.name, path.read_text()))  # noqa: PERF401 - as they come

    reader = Thread(target=read)
    reader.start()
    names[0].write_text("half")
    sleep(0.3)
    assert seen == []
    names[0].write_text("whole")
    names[1].write_text("begun")
    deadline = 50
    while not seen and deadline:
        sleep(0.05)
        deadline -= 1
    assert seen == [("001.txt", "whole")]
    names[1].write_text("ended")
    is_over.set()
    reader.join(5)
    assert seen == [("001.txt", "whole"), ("002.txt", "ended")]


def test_a_writer_that_wrote_nothing_is_waited_for_no_longer_than_it_lasts(tmp_path):
    is_over = Event()
    is_over.set()
    assert list(files_as_written(tmp_path / "%06d.jpg", is_over)) == []

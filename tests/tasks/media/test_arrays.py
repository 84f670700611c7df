"""Bytes of a pipe become frames and blocks."""

from fractions import Fraction

import numpy as np

from tasks.media.arrays import BlockReader, FrameReader


def test_planes_are_told_apart_and_frames_have_their_moments():
    seen = []
    reader = FrameReader((4, 2), Fraction(25, 2), seen.append)
    piece = bytes([*range(10, 18), 1, 2, 3, 4])
    for _ in range(3):
        reader.take(piece)
    reader.take(piece[:5])
    assert [f.time_s for f in seen] == [0.0, 0.08, 0.16]
    assert seen[0].luma.tolist() == [[10, 11, 12, 13], [14, 15, 16, 17]]
    assert seen[0].cb.tolist() == [[1, 2]]
    assert seen[0].cr.tolist() == [[3, 4]]


def test_blocks_of_sound_follow_each_other_and_half_a_sample_is_none():
    seen = []
    reader = BlockReader(seen.append)
    samples = np.arange(96_000, dtype=np.float32).reshape(-1, 2)
    reader.take(samples.tobytes())
    reader.take(samples[:2].tobytes() + b"abc")
    assert [b.time_s for b in seen] == [0.0, 1.0]
    assert seen[1].samples.tolist() == [[0.0, 1.0], [2.0, 3.0]]
    assert reader.duration_s == 48_002 / 48_000

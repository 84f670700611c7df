"""What protects a command can be read from its argument list."""

from tasks.media.envelope import Bounds, Layer, build_envelope


def wrap(*layers):
    return build_envelope(
        ["ffmpeg", "-i", "x"],
        layers=frozenset(layers),
        bounds=Bounds(cpu_s=12.4),
        folder="/scratch/run",
        readable=["/fonts/a.ttf"],
    )


def test_without_layers_the_command_is_bare():
    assert wrap() == ["ffmpeg", "-i", "x"]


def test_the_command_comes_last_and_whole():
    assert wrap(*Layer)[-3:] == ["ffmpeg", "-i", "x"]


def test_the_sandbox_has_no_network_and_one_writable_folder():
    argv = wrap(Layer.SANDBOX)
    assert "--unshare-all" in argv
    assert "--share-net" not in argv
    writable = [argv[n + 1] for n, a in enumerate(argv) if a == "--bind"]
    assert writable == ["/scratch/run"]
    assert "/fonts/a.ttf" in [argv[n + 1] for n, a in enumerate(argv) if a == "--ro-bind"]


def test_limits_bound_time_memory_and_files():
    limits = wrap(Layer.LIMITS)
    assert "--cpu=12" in limits
    assert any(a.startswith("--as=") for a in limits)
    assert any(a.startswith("--fsize=") for a in limits)

"""The layers and doors of docs/decisions/0001, checked by reading every module's imports."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parent.parent
LAYERS = ("models", "tasks.media", "tasks.adapters", "tasks", "flows", "deployments")
"""Left to right: a module imports only from its own layer and those before it."""

OUR_FOLDERS = ("models", "tasks", "flows", "deployments")

DOORS = {
    "subprocess": {"tasks.adapters.ffmpeg", "deployments.stack*"},
    "minio": {"tasks.adapters.store"},
    "urllib3": {"tasks.adapters.store"},
    "cv2": {"tasks.adapters.frames", "tasks.adapters.codes", "tasks.adapters.level_pictures"},
    "whisper": {"tasks.adapters.openai_whisper"},
    "faster_whisper": {"tasks.adapters.transcriber"},
    "opencc": {"tasks.adapters.chinese"},
    "torch": {"tasks.adapters.openai_whisper", "deployments.weights"},
    "PIL": {"tasks.adapters.text"},
    "jinja2": {"tasks.adapters.pages"},
    "openpyxl": {"tasks.adapters.spreadsheets"},
    "httpx": {"tasks.inbox", "deployments.*"},
    "psutil": {"deployments.stack*"},
    "opentimelineio": {"tasks.adapters.timelines"},
}
"""What lies outside, and the only modules that may touch it."""

PREFECT_LAYERS = {"tasks", "flows", "deployments"}
PURE_LAYERS = {"models", "tasks.media"}
IMPURE = {"asyncio", "httpx", "os", "psutil", "requests", "shutil", "socket", "tempfile", "yaml"}
"""What a module without input and output has no use for."""
HEAVY = ("torch", "cv2", "whisper", "numba", "opencc", "matplotlib")


@dataclass(frozen=True)
class Module:
    name: str
    path: Path

    @property
    def layer(self) -> str:
        return layer_of(self.name)

    @cached_property
    def imports(self) -> set[str]:
        return set(imported_names(self.tree))

    @property
    def outside(self) -> set[str]:
        """First parts of what it imports."""
        return {name.split(".")[0] for name in self.imports}

    @cached_property
    def called(self) -> set[str]:
        calls = (node.func for node in ast.walk(self.tree) if isinstance(node, ast.Call))
        return {func.id for func in calls if isinstance(func, ast.Name)}

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text("utf-8"))


def layer_of(name: str) -> str:
    fitting = [layer for layer in LAYERS if name == layer or name.startswith(f"{layer}.")]
    return max(fitting, key=len)


def imported_names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def all_modules() -> list[Module]:
    found = []
    for top in OUR_FOLDERS:
        for path in sorted((ROOT / top).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found.append(Module(name, path))
    return found


MODULES = all_modules()


def test_there_is_something_to_check():
    assert {module.layer for module in MODULES} == set(LAYERS)


def test_a_module_imports_only_from_its_left():
    wrong = {}
    for module in MODULES:
        ours = {name for name in module.imports if name.split(".")[0] in OUR_FOLDERS}
        allowed = LAYERS[: LAYERS.index(module.layer) + 1]
        wrong[module.name] = {name for name in ours if layer_of(name) not in allowed}
    assert only_filled(wrong) == {}


def test_outside_things_have_one_door():
    wrong = {}
    for module in MODULES:
        outside = module.outside & DOORS.keys()
        wrong[module.name] = {name for name in outside if not fits(module.name, DOORS[name])}
    assert only_filled(wrong) == {}


def test_prefect_stays_in_the_skins():
    users = {module.name for module in MODULES if "prefect" in module.outside}
    assert {name for name in users if layer_of(name) not in PREFECT_LAYERS} == set()


def test_decisions_are_pure():
    pure = [module for module in MODULES if module.layer in PURE_LAYERS]
    imports = {module.name: module.outside & IMPURE for module in pure}
    calls = {module.name: module.called & {"open", "print", "input"} for module in pure}
    assert only_filled(imports) == {}
    assert only_filled(calls) == {}


def test_only_the_command_line_prints():
    assert [m.name for m in MODULES if m.layer != "deployments" and "print" in m.called] == []


def test_files_are_short_and_finished():
    lengths = {module.name: len(module.path.read_text("utf-8").splitlines()) for module in MODULES}
    assert {name: lines for name, lines in lengths.items() if lines > 400} == {}
    unfinished = re.compile(r"\b(TODO|FIXME|XXX)\b")
    assert [m.name for m in MODULES if unfinished.search(m.path.read_text("utf-8"))] == []


def test_package_files_are_empty():
    inits = [module.path for module in MODULES if module.path.name == "__init__.py"]
    assert [path for path in inits if path.read_bytes()] == []


def test_no_name_says_nothing():
    nothing = {"utils", "helpers", "common", "misc", "manager"}
    assert [m.name for m in MODULES if m.name.split(".")[-1] in nothing] == []


def test_flow_files_shadow_no_package():
    """Prefect may put a flow's own folder first on the import path."""
    reserved = {"models", "tasks", "ffmpeg", "whisper", "minio", "docker", "cv2", "prefect"}
    assert {path.stem for path in (ROOT / "flows").glob("*.py")} & reserved == set()


def test_docker_holds_no_python():
    """A package called docker would hide the SDK of that name."""
    assert list((ROOT / "docker").rglob("*.py")) == []


def test_importing_the_flows_loads_nothing_heavy():
    flows = [module.name for module in MODULES if module.layer == "flows"]
    code = f"import sys, {', '.join(flows)}; print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout.split()) == (0, []), run.stderr


def only_filled(found: dict[str, set[str]]) -> dict[str, set[str]]:
    return {name: what for name, what in found.items() if what}


def fits(name: str, patterns: set[str]) -> bool:
    return any(fnmatch(name, pattern) for pattern in patterns)

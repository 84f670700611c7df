"""The project's papers and pins agree with what stands in the repository."""

import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
SKIPPED = {".venv", ".git", ".pytest_cache", "node_modules", "build"}
MADE_BY_PEOPLE = {"docker/.env"}
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
QUOTED = re.compile(r"`([\w.-]+(?:/[\w.\-/]+)+)`")
MAKE = re.compile(r"`make ([a-z]+)")


def documents() -> list[Path]:
    return [p for p in ROOT.rglob("*.md") if not SKIPPED & set(p.relative_to(ROOT).parts)]


def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def locked() -> dict[str, Requirement]:
    lines = (ROOT / "requirements/lock.txt").read_text("utf-8").splitlines()
    pins = (Requirement(line) for line in lines if line.strip() and not line.startswith("#"))
    return {canonicalize_name(pin.name): pin for pin in pins}


def test_links_in_documents_lead_somewhere():
    dead = []
    for document in documents():
        for target in LINK.findall(document.read_text("utf-8")):
            outside = re.match(r"[a-z]+:", target)
            if not outside and not (document.parent / target).exists():
                dead.append(f"{document.relative_to(ROOT)}: {target}")
    assert dead == []


def test_paths_named_in_documents_exist():
    tops = {path.name for path in ROOT.iterdir()} - {".venv"}
    named = {
        (str(document.relative_to(ROOT)), path)
        for document in documents()
        for path in QUOTED.findall(document.read_text("utf-8"))
        if path.split("/")[0] in tops and path not in MADE_BY_PEOPLE
    }
    assert {(document, path) for document, path in named if not (ROOT / path).exists()} == set()


def test_commands_named_in_documents_exist():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = {name for d in documents() for name in MAKE.findall(d.read_text("utf-8"))}
    assert named - targets == set()
    phony = set(re.findall(r"^\.PHONY: ([a-z]+)$", makefile, re.MULTILINE))
    assert targets == phony


def test_every_decision_is_dated_and_says_when_to_think_again():
    for decision in sorted((ROOT / "docs/decisions").glob("[0-9]*.md")):
        text = decision.read_text("utf-8")
        assert re.search(r"^\d{4}-\d{2}-\d{2}", text, re.MULTILINE), decision.name
        assert "Revisit when" in text, decision.name


def test_every_direct_dependency_has_its_reason():
    reasons = (ROOT / "docs/decisions/0003-dependencies.md").read_text("utf-8").lower()
    project = pyproject()["project"]
    direct = project["dependencies"] + project["optional-dependencies"]["dev"]
    names = {Requirement(line).name.lower() for line in direct}
    assert {name for name in names if f"`{name}`" not in reasons} == set()


def test_the_lock_pins_what_the_project_asks_for():
    pins = locked()
    project = pyproject()["project"]
    for line in project["dependencies"] + project["optional-dependencies"]["dev"]:
        asked = Requirement(line)
        pin = pins[canonicalize_name(asked.name)]
        version = str(pin.specifier).removeprefix("==")
        assert asked.specifier.contains(version, prereleases=True), line


def test_the_lock_serves_any_index_and_any_build_of_torch():
    pins = locked()
    text = (ROOT / "requirements/lock.txt").read_text("utf-8")
    assert all(str(pin.specifier).startswith("==") for pin in pins.values())
    assert "://" not in text
    assert not re.search(r"^-", text, re.MULTILINE)
    assert str(pins["torch"].specifier) == "==2.13.0"
    assert pins["triton"].marker is not None
    assert [name for name in pins if name.startswith(("nvidia-", "cuda-"))] == []


def test_every_package_is_shipped():
    shipped = set(pyproject()["tool"]["setuptools"]["packages"])
    folders = ("models", "tasks", "flows", "deployments")
    found = {
        ".".join(init.parent.relative_to(ROOT).parts)
        for folder in folders
        for init in (ROOT / folder).rglob("__init__.py")
    }
    assert shipped == found


def test_every_data_file_is_shipped():
    """A template or profile that is left out is missed only after an install elsewhere."""
    shipped = pyproject()["tool"]["setuptools"]["package-data"]
    missing = []
    for folder in ("models", "tasks", "flows", "deployments"):
        for path in (ROOT / folder).rglob("*.*"):
            package = ".".join(path.parent.relative_to(ROOT).parts)
            is_data = path.is_file() and path.suffix not in {".py", ".pyc"}
            if is_data and not any(path.match(p) for p in shipped.get(package, [])):
                missing.append(str(path.relative_to(ROOT)))
    assert missing == []


def test_deployments_name_flows_that_exist():
    spec = yaml.safe_load((ROOT / "deployments/prefect.yaml").read_text("utf-8"))
    for deployment in spec["deployments"]:
        module, _, flow = deployment["entrypoint"].rpartition(".")
        path = ROOT / (module.replace(".", "/") + ".py")
        assert re.search(rf"^def {flow}\(", path.read_text("utf-8"), re.MULTILINE)


def test_images_are_pinned():
    compose = yaml.safe_load((ROOT / "docker/compose.yaml").read_text("utf-8"))
    images = {s["image"] for s in compose["services"].values() if "build" not in s}
    for image in images:
        _, _, tag = image.rpartition(":")
        assert re.search(r"\d", tag), image
        assert "latest" not in tag


def test_scripts_can_be_run():
    for name in (".ci/run", "requirements/system.sh", "requirements/lock.sh"):
        assert os.access(ROOT / name, os.X_OK), name
        subprocess.run(["bash", "-n", name], cwd=ROOT, check=True)


def test_ci_calls_what_people_call():
    assert re.search(r"^make .*\btest\b", (ROOT / ".ci/run").read_text("utf-8"), re.MULTILINE)


def test_the_changelog_knows_this_version():
    version = pyproject()["project"]["version"]
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text("utf-8")

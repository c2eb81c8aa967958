"""`geomlearn doctor`: what this installation can do, and what is missing. It never fails itself."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

from rich.text import Text

from geomlearn import __version__
from geomlearn.app.cli.exits import DONE, FAILED
from geomlearn.app.cli.flags import SPEECH, Common
from geomlearn.app.cli.screen import has_display
from geomlearn.app.cli.terminal import table
from geomlearn.app.figures.films.encode import ffmpeg
from geomlearn.core.cache import VARIABLE, cache_folder
from geomlearn.core.extras import EXTRAS

_LOW_DISK_GB = 2


@dataclass(frozen=True)
class Finding:
    """One line of the answer.

    Attributes
    ----------
    name      what was looked at.
    ok        whether it is there.
    value     what was found.
    advice    what to do when it is missing, empty when nothing needs doing.
    required  whether geomlearn needs it at all.
    """

    name: str
    ok: bool
    value: str
    advice: str = ""
    required: bool = False


def doctor(*, common: Common = SPEECH) -> int:
    """Say what this installation can do, and what is missing.

    The exit code is 1 when something is missing that geomlearn cannot do without.
    """
    terminal = common.terminal()
    with terminal.progress("looking around"):
        findings = [_safely(name, probe) for name, probe in _PROBES.items()]
    grid = table("", "", "")
    grid.show_header = False
    for finding in findings:
        mark = (
            Text("ok", style="green") if finding.ok else Text("missing", style="red" if finding.required else "yellow")
        )
        advice = f"\n{finding.advice}" if finding.advice else ""
        grid.add_row(mark, finding.name, Text.assemble(finding.value, (advice, "yellow")))
    terminal.show(grid)
    healthy = all(finding.ok for finding in findings if finding.required)
    terminal.finish({"healthy": healthy, "findings": [asdict(finding) for finding in findings]})
    return DONE if healthy else FAILED


def _safely(name: str, probe: Callable[[], tuple[bool, str, str]]) -> Finding:
    """The finding of a probe; a probe that breaks is a finding too, since a broken installation is what we look for."""
    required = name in _REQUIRED
    try:
        return Finding(name, *probe(), required=required)
    except Exception as error:
        return Finding(name, False, f"{type(error).__name__}: {error}".splitlines()[0], "Install it again.", required)


def _packages() -> tuple[bool, str, str]:
    missing = []
    for line in metadata.requires("geomlearn") or ():
        if "extra ==" not in line:
            name = line.split(";")[0].split("<")[0].split(">")[0].split("=")[0].split("!")[0].strip()
            try:
                metadata.version(name)
            except metadata.PackageNotFoundError:
                missing.append(name)
    if missing:
        return False, f"without {', '.join(missing)}", f"python -m pip install {' '.join(missing)}"
    return True, "all installed", ""


def _package(name: str) -> Callable[[], tuple[bool, str, str]]:
    return lambda: (True, metadata.version(name), "")


def _torch() -> tuple[bool, str, str]:
    import torch

    if torch.cuda.is_available():
        names = ", ".join(torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count()))
        return True, f"{torch.__version__}, {names}", ""
    return True, f"{torch.__version__}, cpu with {torch.get_num_threads()} threads, no GPU", ""


def _factors() -> tuple[bool, str, str]:
    from geomlearn.spectral.solver.cholesky import VARIABLE as CHOICE
    from geomlearn.spectral.solver.cholesky import chosen_library

    if chosen_library() == "superlu":
        return True, "SuperLU of scipy (BSD)", ""
    from geomlearn.spectral.solver.cholmod import library

    way = "called directly" if library() else "through cholespy alone, slower"
    licence = f"LGPL and GPL; {CHOICE}=superlu does without it"
    return True, f"CHOLMOD in cholespy {metadata.version('cholespy')}, {way} ({licence})", ""


def _pictures() -> tuple[bool, str, str]:
    from geomlearn.app.figures.child import renderer_name

    return True, renderer_name(), ""


def _window() -> tuple[bool, str, str]:
    version = metadata.version("polyscope")
    if not has_display():
        return False, f"polyscope {version}, no display", "Only the window needs one; pictures do not."
    return True, f"polyscope {version}", ""


def _ffmpeg() -> tuple[bool, str, str]:
    program = ffmpeg()
    if not program:
        return False, "not found", 'Only films as mp4 need it: install ffmpeg, or the extra "geomlearn[film]".'
    first = subprocess.run([program, "-version"], capture_output=True, text=True, timeout=20).stdout.splitlines()[0]
    return True, first.split(" Copyright")[0], ""


def _cache() -> tuple[bool, str, str]:
    # The folder that holds one folder per kind of cached thing.
    kind = cache_folder("bases")
    if kind is None:
        return True, f"off ({VARIABLE})", ""
    folder = kind.parent
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) if folder.exists() else 0
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not os.access(existing, os.W_OK):
        return False, f"{folder} cannot be written", f"Point {VARIABLE} to another folder."
    return True, f"{folder}, {size / 1e6:,.0f} MB", ""


def _disk() -> tuple[bool, str, str]:
    free = shutil.disk_usage(Path.cwd()).free / 1e9
    return free > _LOW_DISK_GB, f"{free:,.0f} GB free here", "" if free > _LOW_DISK_GB else "Make room."


def _extras() -> tuple[bool, str, str]:
    there = [row.name for row in EXTRAS if not row.missing]
    absent = [row for row in EXTRAS if row.missing]
    advice = "\n".join(f'pip install "geomlearn[{row.name}]": {row.purpose}' for row in absent)
    found = [f"{', '.join(there)} installed"] if there else []
    return (
        not absent,
        "; ".join([*found, *([f"without {', '.join(row.name for row in absent)}"] if absent else [])]),
        advice,
    )


_PROBES: dict[str, Callable[[], tuple[bool, str, str]]] = {
    "geomlearn": lambda: (True, f"{__version__}, {Path(__file__).parents[3]}", ""),
    "Python": lambda: (
        True,
        f"{platform.python_version()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "",
    ),
    "packages": _packages,
    "extras": _extras,
    "numpy": _package("numpy"),
    "scipy": _package("scipy"),
    "torch": _torch,
    "sparse factors": _factors,
    "pictures": _pictures,
    "window": _window,
    "ffmpeg": _ffmpeg,
    "cache": _cache,
    "disk": _disk,
}
_REQUIRED = ("geomlearn", "Python", "packages", "numpy", "scipy", "torch")

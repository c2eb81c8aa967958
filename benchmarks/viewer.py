"""The window against its limits: start, drop, a million faces, frames beside a job, cancel, memory.

Draws without a screen (EGL), so the graphics card counts only where EGL finds one.
"""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from machine import machine_line

STEPS = 200
STARTED = "GEOMLEARN_BENCHMARK_STARTED_S"
BASIS = "geomlearn.spectral.eigenbasis:eigenbasis"


class Table:
    """The rows, printed as they come."""

    def __init__(self) -> None:
        print(f"{'what':<58} {'measured':>10} {'limit':>8}")

    def row(self, what: str, value: float, limit: float, unit: str, *, least: bool = False) -> None:
        kept = value >= limit if least else value <= limit
        sign = "≥" if least else "≤"
        print(f"{what:<58} {value:>7.2f} {unit:<3} {sign}{limit:>5g} {'' if kept else '  MISSED'}", flush=True)


def fresh_start() -> tuple[float, float]:
    """Seconds from the start of a process to its first frame, and to the three built-in shapes on the stage."""
    environment = {**os.environ, STARTED: str(time.time())}
    command = [sys.executable, __file__, "start"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    up, shown = done.stdout.split()[-2:]
    return float(up), float(shown)


def start() -> None:
    """What `geomlearn view` does until three shapes are there, in a process of its own."""
    window = open_window()
    from app.window.files.ways import open_samples

    window.tick()
    up = time.time() - float(os.environ[STARTED])
    open_samples(window.app)
    settle(window)
    window.picture()
    print(up, time.time() - float(os.environ[STARTED]))
    window.close()


def open_window():
    """A window without a screen, its workers started."""
    from app.window.preferences import Preferences
    from app.window.start import make_application
    from app.window.window import Window

    os.environ["GEOMLEARN_CONFIG_DIR"] = tempfile.mkdtemp(prefix="geomlearn-benchmark-")
    app = make_application(Preferences())
    window = Window(app, backend="openGL3_egl", size=(1280, 800))
    app.runner.warm()
    app.runner.warm("files")
    return window


def settle(window) -> None:
    """Until nothing runs, and one frame more; at the pace at which the window itself draws."""
    window.tick()
    while window.app.runner.active:
        began = time.perf_counter()
        window.tick()
        window.rest(window.frame_budget() - (time.perf_counter() - began))
    window.tick()


def dropped(window, path: Path) -> float:
    """Seconds from the drop of a file to the first picture that holds it."""
    window.app.history.reset(type(window.app.scene)(), "Start")
    window.tick()
    began = time.perf_counter()
    window.inbox.put([str(path)])
    settle(window)
    window.picture()
    seconds = time.perf_counter() - began
    assert window.app.scene.items, "the file did not open"
    return seconds


def turned(window, count: int = 5) -> float:
    """Median seconds of a frame while the camera turns."""
    times = []
    for number in range(count):
        window.app.view_wanted = ("front", "corner")[number % 2]
        began = time.perf_counter()
        window.tick()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def beside_a_job(window, seconds: float = 8.0) -> tuple[float, float]:
    """(frames per second in the median, seconds from cancel to a free lane) while the spectrum is computed."""
    app = window.app
    from geomlearn.spectral.options import EigenbasisOptions

    options = EigenbasisOptions(k=400, tolerance=1e-10, seed=1)
    job = app.submit("Modes", BASIS, app.shape.shape, options, cache=False, on_result=lambda _: None)
    gaps, began = [], time.perf_counter()
    while job in app.runner.active and time.perf_counter() - began < seconds:
        frame = time.perf_counter()
        # Something moves: the window may not skip drawing.
        app.view_wanted = "front" if len(gaps) % 2 else "corner"
        window.tick()
        window.rest(window.frame_budget() - (time.perf_counter() - frame))
        gaps.append(time.perf_counter() - frame)
    asked = time.perf_counter()
    app.runner.cancel(job)
    while job in app.runner.active:
        window.tick()
    waited = time.perf_counter() - asked
    settle(window)
    return 1 / statistics.median(gaps), waited


def resident_mb() -> float:
    """Memory of this process."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def growth(window, step: Callable[[int], None]) -> float:
    """MB that the second half of `STEPS` repetitions adds: the first half may fill what is kept on purpose."""
    for number in range(STEPS // 2):
        step(number)
    before = resident_mb()
    for number in range(STEPS // 2):
        step(number)
    return resident_mb() - before


def back_and_forth(window) -> Callable[[int], None]:
    """One mode shown, undone, redone, undone."""
    from app.desks.spectrum.modes import show_mode
    from app.model.computed import BasisItem

    app = window.app

    def step(number: int) -> None:
        (basis,) = app.scene.of(BasisItem)
        show_mode(app, basis, 2 + number % 9)
        for move in (app.undo, app.redo, app.undo):
            window.tick()
            move()
        window.tick()

    return step


def again(window) -> Callable[[int], None]:
    """The basis computed, shown, undone."""
    app = window.app

    def step(number: int) -> None:
        app.run("spectrum.compute")
        settle(window)
        app.undo()
        window.tick()

    return step


def measure_files(table: Table, folder: Path) -> None:
    """A hundred thousand and a million faces."""
    from geomlearn.shapes.builtin import icosphere
    from geomlearn.shapes.io import write_shape

    window = open_window()
    middle, large = icosphere(71), icosphere(224)
    dropped(window, write_shape(folder / "warm.off", icosphere(4)))
    for suffix in (".ply", ".off", ".obj"):
        path = write_shape(folder / f"middle{suffix}", middle)
        seconds = statistics.median(dropped(window, path) for _ in range(3))
        table.row(f"{middle.n_faces:,} faces, {suffix} dropped → visible", seconds, 1.0, "s")
    frames, cancel = beside_a_job(window)
    least = 4.0 if is_software() else 15.0
    table.row("frames beside a job that computes 400 modes, median", frames, least, "/s", least=True)
    table.row("cancel → lane free", cancel, 0.5, "s")
    path = write_shape(folder / "large.ply", large)
    table.row(f"{large.n_faces:,} faces, .ply dropped → visible, simplified", dropped(window, path), 5.0, "s")
    table.row(f"{large.n_faces:,} faces, a frame while the camera turns", turned(window), 0.25, "s")
    table.row(f"{large.n_faces:,} faces, a frame while nothing moves", still(window), 0.05, "s")
    window.close()


def still(window) -> float:
    """Median seconds of a frame when nothing changes, the pointer on the shape."""
    import polyscope.imgui as imgui

    times = []
    for number in range(9):
        x, y = window.layout().stage.centre
        imgui.GetIO().AddMousePosEvent(x + number, y)
        began = time.perf_counter()
        window.tick()
        times.append(time.perf_counter() - began)
    return statistics.median(times[2:])


def measure_memory(table: Table) -> None:
    """Two hundred times the same."""
    from app.window.files.opening import open_paths

    window = open_window()
    open_paths(window.app, ["builtin:icosphere"])
    settle(window)
    desk = window.app.desks["spectrum"]
    desk.options = desk.options.replace(k=12)
    window.app.history.limit_bytes = 4 << 20
    table.row(f"memory added by {STEPS // 2} re-runs of the spectrum", growth(window, again(window)), 16, "MB")
    window.app.run("spectrum.compute")
    settle(window)
    table.row(f"memory added by {STEPS // 2} × show, undo, redo", growth(window, back_and_forth(window)), 16, "MB")
    window.close()


def is_software() -> bool:
    from app.window.doctor import is_software

    return is_software()


def main() -> None:
    """One table; every row with its limit."""
    print(machine_line("polyscope"))
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"seeds: eigenbasis 1; load average {load:.1f}; times are of the wall\n")
    table = Table()
    fresh_start()
    starts = np.array([fresh_start() for _ in range(3)])
    table.row("process started → first frame, median of 3", float(np.median(starts[:, 0])), 3.0, "s")
    table.row("process started → three built-in shapes, cached", float(np.median(starts[:, 1])), 6.0, "s")
    with tempfile.TemporaryDirectory() as folder:
        measure_files(table, Path(folder))
    measure_memory(table)


if __name__ == "__main__":
    start() if sys.argv[1:] == ["start"] else main()

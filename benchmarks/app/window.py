"""The window against its limits: start, drop, a million faces, frames, many shapes, cancel, memory, the axis up.

    python -m benchmarks app window [speed | many | memory | idle | upright]

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

from benchmarks.harness import in_a_process
from benchmarks.machine import machine_line

STEPS, WARM = 200, 50
MANY = 200
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
    command = in_a_process("app", "window", "start")
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    up, shown = done.stdout.split()[-2:]
    return float(up), float(shown)


def start() -> None:
    """What `geomlearn view` does until three shapes are there, in a process of its own."""
    window = open_window()
    from geomlearn.app.window.files.ways import open_samples

    window.tick()
    up = time.time() - float(os.environ[STARTED])
    open_samples(window.app)
    settle(window)
    window.picture()
    print(up, time.time() - float(os.environ[STARTED]))
    window.close()


def open_window():
    """A window without a screen, its workers started."""
    from geomlearn.app.window.preferences import Preferences
    from geomlearn.app.window.start import make_application
    from geomlearn.app.window.window import Window

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
        window.app.look(("front", "corner")[number % 2])
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
        app.look("front" if len(gaps) % 2 else "corner")
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


def resident_mb(window=None) -> np.ndarray:
    """(2,) memory held now by this process, and by the workers of a window."""
    gc.collect()
    workers = window.app.runner._workers.values() if window else ()
    return np.array([_resident("self"), sum(_resident(worker.process.pid) for worker in workers)])


def _resident(process: int | str) -> float:
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def growth(window, step: Callable[[int], None], steps: int = STEPS) -> np.ndarray:
    """(2,) MB that `steps` repetitions add, to the window and to its workers, after those that fill what is kept."""
    for number in range(WARM):
        step(number)
    before = resident_mb(window)
    for number in range(steps):
        step(number)
    return resident_mb(window) - before


def back_and_forth(window) -> Callable[[int], None]:
    """One mode shown, undone, redone, undone."""
    from geomlearn.app.desks.spectrum.modes import show_mode
    from geomlearn.app.model.computed import BasisItem

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
    frames = 1 / turned(window, 21)
    least = 12.0 if is_software() else 60.0
    table.row(f"{middle.n_faces:,} faces, frames while the camera turns", frames, least, "/s", least=True)
    frames, cancel = beside_a_job(window)
    least = 4.0 if is_software() else 15.0
    table.row("frames beside a job that computes 400 modes, median", frames, least, "/s", least=True)
    table.row("cancel → lane free", cancel, 0.5, "s")
    path = write_shape(folder / "large.ply", large)
    table.row(f"{large.n_faces:,} faces, .ply dropped → visible, simplified", dropped(window, path), 1.3, "s")
    table.row(f"{large.n_faces:,} faces, a frame while the camera turns", turned(window), 0.25, "s")
    table.row(f"{large.n_faces:,} faces, a frame while nothing moves", still(window), 0.05, "s")
    window.close()


def measure_many(table: Table) -> None:
    """Two hundred shapes on one page, each coloured by a field of its own, while the camera turns."""
    from geomlearn.app.model.commands import Add, restage
    from geomlearn.app.model.computed import ValuesItem
    from geomlearn.app.model.items import Layer, ShapeItem
    from geomlearn.app.model.results import viewed
    from geomlearn.shapes.builtin import builtin, builtin_names

    window = open_window()
    creatures = [name for name in builtin_names() if name.startswith(("biped", "quadruped"))]
    items, layers = [], {}
    for number in range(MANY):
        name = creatures[number % len(creatures)]
        shape = viewed(ShapeItem(label=f"{name} {number}", shape=builtin(name, 1000, number // len(creatures))))
        height = shape.shape.vertices[:, 1]
        field = ValuesItem(label=f"height {number}", owner=shape.id, values=height[None], names=("height",))
        items += [shape, field]
        layers[shape.id] = Layer(source=field.id)
    began = time.perf_counter()
    window.app.do(Add(tuple(items), f"{MANY} shapes", layers=layers))
    window.app.do(restage(page_size=0))
    window.app.look("corner")
    settle(window)
    window.picture()
    table.row(f"{MANY} shapes of 1,000 vertices → visible on one page", time.perf_counter() - began, 10.0, "s")
    frames = 1 / turned(window, 11)
    table.row(f"{MANY} shapes, frames while the camera turns", frames, 5.0, "/s", least=True)
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
    """Two hundred times the same, and a leak on purpose, so that flat means flat."""
    from geomlearn.app.window.files.opening import open_paths

    window = open_window()
    open_paths(window.app, ["builtin:icosphere"])
    settle(window)
    desk = window.app.desks["spectrum"]
    desk.options = desk.options.replace(k=12)
    # The history keeps what it may; here that is full before the counting begins.
    window.app.history.limit_bytes, window.app.history.limit_nodes = 4 << 20, 40
    own, workers = growth(window, again(window))
    table.row(f"memory added by {STEPS} re-runs of the spectrum", own, 16, "MB")
    table.row("… to the workers", workers, 16, "MB")
    window.app.run("spectrum.compute")
    settle(window)
    step, leaked = back_and_forth(window), []
    table.row(f"memory added by {STEPS} × show, undo, redo", growth(window, step)[0], 16, "MB")
    seen = growth(window, lambda number: (step(number), leaked.append(np.ones(1 << 17))), STEPS // 4)[0]
    table.row(f"{STEPS // 4} times the same with 1 MB leaked on purpose", seen, 40, "MB", least=True)
    window.close()


def measure_upright() -> None:
    """How often the axis up is found on built-in creatures of another seed, turned at random about it."""
    from geomlearn.app.model.view.upright import leaning, up_of
    from geomlearn.shapes.builtin import builtin, builtin_names

    rng = np.random.default_rng(0)
    right: dict[str, list[bool]] = {"biped": [], "quadruped": []}
    for name in builtin_names():
        kind = name.partition("-")[0]
        if kind not in right:
            continue
        shape, angle = builtin(name, 600, 1), rng.uniform(0, 2 * np.pi)
        x, height, z = shape.vertices.T
        x, z = x * np.cos(angle) - z * np.sin(angle), x * np.sin(angle) + z * np.cos(angle)
        up = str(rng.choice(["y", "z"]))
        turned = np.stack([x, height, z] if up == "y" else [x, -z, height], axis=1)
        right[kind].append(up_of([leaning(shape.replace(vertices=turned))]) == up)
    found = [one for ones in right.values() for one in ones]
    parts = ", ".join(f"{sum(ones)} of {len(ones)} {kind}s" for kind, ones in right.items())
    print(f"axis up found on {100 * np.mean(found):.0f} % of {len(found)} creatures turned at random: {parts}")


def is_software() -> bool:
    from geomlearn.app.window.doctor import is_software

    return is_software()


def measure_start(table: Table) -> None:
    """From nothing to three shapes."""
    fresh_start()
    starts = np.array([fresh_start() for _ in range(3)])
    table.row("process started → first frame, median of 3", float(np.median(starts[:, 0])), 1.1, "s")
    table.row("process started → three built-in shapes, cached", float(np.median(starts[:, 1])), 2.0, "s")


def measure_idle(table: Table, seconds: float = 20.0) -> None:
    """Share of a core that a real window takes in which nothing moves, on a screen of its own."""
    import shutil

    if shutil.which("Xvfb") is None:
        print("idle: there is no Xvfb on this machine")
        return
    with tempfile.TemporaryDirectory() as folder:
        receive, send = os.pipe()
        command = ["Xvfb", "-displayfd", str(send), "-screen", "0", "1440x900x24", "-nolisten", "tcp"]
        server = subprocess.Popen(command, pass_fds=[send], stderr=subprocess.DEVNULL)
        os.close(send)
        with os.fdopen(receive) as answer:
            display = f":{answer.readline().strip()}"
        environment = {**os.environ, "DISPLAY": display, "GEOMLEARN_CONFIG_DIR": folder}
        view = [sys.executable, "-m", "geomlearn.app.cli.main", "view"]
        window = subprocess.Popen(view, env=environment, cwd=folder, stderr=subprocess.DEVNULL)
        try:
            _at_rest(window.pid)
            began = _cpu_s(window.pid)
            time.sleep(seconds)
            share = 100 * (_cpu_s(window.pid) - began) / seconds
            table.row("a window in which nothing moves, share of a core", share, 3.0, "%")
        finally:
            window.terminate()
            window.wait()
            server.terminate()
            server.wait()


def _at_rest(process: int, patience_s: float = 240.0) -> None:
    """Wait until the three shapes are there and three seconds went by without work."""
    until, worked = time.monotonic() + patience_s, 0.0
    while time.monotonic() < until:
        before = _cpu_s(process)
        time.sleep(3.0)
        now = _cpu_s(process)
        worked = max(worked, now)
        if worked > 2.0 and now - before < 0.03:
            return


def _cpu_s(process: int) -> float:
    """Seconds of a processor that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main(parts: list[str]) -> None:
    """One table; every row with its limit."""
    print(machine_line("polyscope"))
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"seeds: eigenbasis 1, turns 0; load average {load:.1f}; times are of the wall\n")
    table = Table() if {"speed", "many", "memory", "idle"} & set(parts) else None
    if "speed" in parts:
        measure_start(table)
        with tempfile.TemporaryDirectory() as folder:
            measure_files(table, Path(folder))
    if "many" in parts:
        measure_many(table)
    if "memory" in parts:
        measure_memory(table)
    if "idle" in parts:
        measure_idle(table)
    if "upright" in parts:
        measure_upright()


if __name__ == "__main__":
    words = sys.argv[1:]
    start() if words == ["start"] else main(words or ["speed", "many", "memory", "idle", "upright"])

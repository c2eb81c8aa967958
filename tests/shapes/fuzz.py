"""Damage files in every way we know, read them, and judge what happens. Runs as a process of its own.

    python fuzz.py FOLDER COUNT SEED READER

reads the seed files of FOLDER, damages them COUNT times, and prints one JSON line: how often each outcome came, and
every case that broke the promise that a file ends in a usable shape or one plain sentence.
"""

import collections
import json
import re
import resource
import signal
import sys
import time
import warnings
from pathlib import Path
from types import SimpleNamespace

import numpy as np

MEMORY = 1 << 30
PATIENCE_S = float(10)
GENERIC = "its content contradicts its format"


class Hang(BaseException):
    """Raised by the alarm; no reader may catch it."""


def truncate(data: bytes, rng) -> bytes:
    return data[: int(rng.integers(1, len(data)))]


def flip_bits(data: bytes, rng) -> bytes:
    out = bytearray(data)
    for at in rng.integers(0, len(data), int(rng.integers(1, 20))):
        out[at] ^= 1 << int(rng.integers(8))
    return bytes(out)


def flip_head(data: bytes, rng) -> bytes:
    out = bytearray(data)
    for at in rng.integers(0, min(len(data), 300), int(rng.integers(1, 6))):
        out[at] ^= 1 << int(rng.integers(8))
    return bytes(out)


def huge_count(data: bytes, rng) -> bytes:
    """A number of the header becomes enormous or negative, in text and in binary."""
    head, rest = data[:1500], data[1500:]
    found = list(re.finditer(rb"\d+", head))
    if found and rng.random() < 0.6:
        chosen = found[int(rng.integers(len(found)))]
        new = [b"4294967295", b"99999999999", b"-1", b"1000000000", b"0", b"9" * 30][int(rng.integers(6))]
        return head[: chosen.start()] + new + head[chosen.end() :] + rest
    at = int(rng.integers(0, max(len(head) - 8, 1)))
    new = [b"\xff" * 4, b"\xff\xff\xff\x7f", b"\xff" * 8, b"\0\0\0\x10", b"\xff" * 7 + b"\x7f"][int(rng.integers(5))]
    return data[:at] + new + data[at + len(new) :]


def not_a_number(data: bytes, rng) -> bytes:
    """A coordinate becomes NaN, infinite, or enormous, in text and in binary."""
    found = list(re.finditer(rb"-?\d+\.\d+", data))
    if found and rng.random() < 0.7:
        chosen = found[int(rng.integers(len(found)))]
        new = [b"nan", b"inf", b"-inf", b"1e300", b"NaN", b"1e-300", b"-", b"1.2.3"][int(rng.integers(8))]
        return data[: chosen.start()] + new + data[chosen.end() :]
    new = np.array(
        [[np.nan, np.inf, 1e30][int(rng.integers(3))]], ["<f4", "<f8", ">f4"][int(rng.integers(3))]
    ).tobytes()
    at = int(rng.integers(0, max(len(data) - 8, 1)))
    return data[:at] + new + data[at + len(new) :]


def cut_out(data: bytes, rng) -> bytes:
    begin, length = int(rng.integers(len(data))), int(rng.integers(1, 64))
    return data[:begin] + data[begin + length :]


def repeat(data: bytes, rng) -> bytes:
    begin, length = int(rng.integers(len(data))), int(rng.integers(1, 200))
    return data[: begin + length] + data[begin:]


def noise(data: bytes, rng) -> bytes:
    begin, length = int(rng.integers(len(data))), int(rng.integers(1, 64))
    return data[:begin] + rng.bytes(length) + data[begin + length :]


def zeros(data: bytes, rng) -> bytes:
    begin, length = int(rng.integers(len(data))), int(rng.integers(1, 400))
    return data[:begin] + bytes(min(length, len(data) - begin)) + data[begin + length :]


def wrong_suffix(data: bytes, rng) -> bytes:
    return data if rng.random() < 0.5 else truncate(data, rng)


def only_noise(data: bytes, rng) -> bytes:
    return data[: int(rng.integers(0, 12))] + rng.bytes(int(rng.integers(1, 3000)))


def empty(data: bytes, rng) -> bytes:
    return b"" if rng.random() < 0.5 else b" \n" * int(rng.integers(1, 9))


MUTATIONS = (truncate, truncate, flip_bits, flip_bits, flip_head, huge_count, huge_count, not_a_number, not_a_number)
MUTATIONS += (cut_out, repeat, noise, zeros, wrong_suffix, only_noise, empty)
SUFFIXES = (
    ".obj",
    ".off",
    ".ply",
    ".stl",
    ".glb",
    ".3mf",
    ".vtk",
    ".vtp",
    ".xyz",
    ".pcd",
    ".npz",
    ".npy",
    ".mat",
    ".dat",
)


def judge(read, use, path: Path) -> tuple[str, str]:
    """The outcome of reading one file, and what is wrong with it, or nothing."""
    from geomlearn.core.errors import GeomError

    signal.setitimer(signal.ITIMER_REAL, PATIENCE_S)
    try:
        shape = read(path)
        if shape.n_vertices == 0:
            return "shape", "a silent empty shape"
        use(shape)
        return ("shape with warning" if shape.warnings else "shape"), ""
    except GeomError as error:
        return "sentence", _bad_sentence(error.message, path)
    except Hang:
        return "hang", f"longer than {PATIENCE_S} s"
    except MemoryError:
        return "memory", "more memory than allowed"
    except Exception as error:  # the very thing this looks for
        return "exception", f"{type(error).__name__}: {error}"[:300]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _bad_sentence(message: str, path: Path) -> str:
    if not message.endswith(".") or "\n" in message or not message.isprintable() or len(message) > 400:
        return f"not one plain sentence: {message!r}"
    if path.name not in message and str(path) not in message:
        return f"does not name the file: {message!r}"
    return f"gives up on memory: {message!r}" if "than memory holds" in message else ""


def everything(shape) -> None:
    """A usable shape can be checked, described and repaired."""
    from geomlearn.core.errors import MeshError
    from geomlearn.shapes.checks import check, describe, repair

    report = check(shape)
    describe(shape)
    try:
        repair(shape)
    except MeshError:
        if report.usable:
            raise ValueError("usable, but cannot be repaired") from None


def _ours(path: Path):
    from geomlearn.shapes.io import read_shape

    return read_shape(path)


def _trimesh(path: Path):
    import trimesh

    mesh = trimesh.load(path, force="mesh")
    return SimpleNamespace(n_vertices=len(mesh.vertices), warnings=())


def _sleeps(path: Path):
    time.sleep(60)


def _hoards(path: Path):
    return SimpleNamespace(n_vertices=len(np.ones(1 << 28)), warnings=())


def _returns_nothing(path: Path):
    return SimpleNamespace(n_vertices=0, warnings=())


READERS = {"ours": _ours, "trimesh": _trimesh, "sleeps": _sleeps, "hoards": _hoards, "empty": _returns_nothing}


def main(folder: Path, count: int, seed: int, reader: str) -> dict:
    global PATIENCE_S
    PATIENCE_S = 0.2 if reader == "sleeps" else PATIENCE_S
    signal.signal(signal.SIGALRM, _alarm)
    read, use = READERS[reader], everything if reader == "ours" else lambda shape: None
    seeds = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}
    work = folder / "damaged"
    work.mkdir(exist_ok=True)
    for name in seeds if reader == "ours" else ():  # import everything before memory is measured
        judge(read, use, folder / name)
    _limit_memory()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rng, names = np.random.default_rng(seed), list(seeds)
    counts, broken, sentences = collections.Counter(), [], collections.Counter()
    for number in range(count):
        name, mutation = names[number % len(names)], MUTATIONS[number // len(names) % len(MUTATIONS)]
        suffix = SUFFIXES[int(rng.integers(len(SUFFIXES)))] if mutation is wrong_suffix else Path(name).suffix
        path = work / f"{number}-{Path(name).stem}{suffix}"
        beside = _partners(path, name, seeds)
        path.write_bytes(mutation(seeds[name], rng))
        outcome, wrong = judge(read, use, path)
        counts[outcome] += 1
        sentences["generic"] += _is_generic(read, path) if outcome == "sentence" else 0
        if wrong:
            broken.append(f"{path.name} ({mutation.__name__}): {outcome}, {wrong}")
        else:
            for done in {path, *beside}:
                done.unlink()
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    return {"counts": counts, "broken": broken, "generic": sentences["generic"], "grown_bytes": grown}


def _partners(path: Path, name: str, seeds: dict[str, bytes]) -> list[Path]:
    """The whole files that belong beside a damaged one, as TOSCA's lists of vertices and of triangles do."""
    others = [other for other in seeds if other != name and Path(other).stem == Path(name).stem]
    beside = [path.with_suffix(Path(other).suffix) for other in others]
    for other, place in zip(others, beside, strict=True):
        place.write_bytes(seeds[other])
    return beside


def _is_generic(read, path: Path) -> bool:
    try:
        read(path)
    except Exception as error:
        return GENERIC in str(error)
    return False


def _alarm(*_) -> None:
    raise Hang


def _limit_memory() -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


if __name__ == "__main__":
    warnings.simplefilter("error" if sys.argv[4] == "ours" else "ignore")
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])) + "\n")

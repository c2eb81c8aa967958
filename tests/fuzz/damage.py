"""The ways in which a file is damaged, each drawn from a generator."""

import re

import numpy as np


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
# What a file may be called whose name lies.
SUFFIXES = (
    *(".obj", ".off", ".ply", ".stl", ".glb", ".3mf", ".vtk", ".vtp", ".xyz", ".pcd", ".npz", ".npy", ".mat", ".dat"),
)

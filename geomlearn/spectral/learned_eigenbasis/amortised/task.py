"""What the training loop needs to know of eigenbases: samplings, the network, how wrong it is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from geomlearn.core.errors import ParameterError
from geomlearn.core.fingerprints import fingerprint_of
from geomlearn.core.progress import SILENT, Progress
from geomlearn.shapes.sampling import farthest_points
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.learned_eigenbasis.amortised.batches import CloudData, batched, cloud_data
from geomlearn.spectral.learned_eigenbasis.amortised.clouds import cloud_tensors
from geomlearn.spectral.learned_eigenbasis.amortised.network import LandmarkNetwork
from geomlearn.spectral.learned_eigenbasis.amortised.training_shapes import warped
from geomlearn.spectral.learned_eigenbasis.fit import on_faces
from geomlearn.spectral.learned_eigenbasis.inputs import surroundings
from geomlearn.spectral.learned_eigenbasis.options import NetworkOptions, ProbeOptions, SamplingOptions
from geomlearn.spectral.learned_eigenbasis.probes import draw_probes
from geomlearn.spectral.learned_eigenbasis.projection import ordered_qr, reconstruction_loss

_CANDIDATES = 6
# Of the samplings, the third kind is uneven: density tilted by up to e³ from end to end.
_KINDS = ("farthest", "random", "tilted")


class EigenbasisTask:
    """Learn the bases of many shapes at once.

    Parameters
    ----------
    shapes     to sample, each as often as the others.
    valid      other shapes, to judge by.
    network    sizes of the network.
    sampling   how many points and samplings.
    probes     the family; `n_probes` 0 stands for 96 here, since averages run over thousands of samplings.
    """

    def __init__(
        self,
        shapes: Sequence[Shape],
        valid: Sequence[Shape],
        network: NetworkOptions,
        sampling: SamplingOptions,
        probes: ProbeOptions,
        progress: Progress = SILENT,
    ) -> None:
        if not shapes:
            raise ParameterError("There are no shapes to learn from.", "Give a folder with meshes or clouds.")
        if sampling.n_points <= max(network.n_landmarks, network.k):
            raise ParameterError(
                f"{sampling.n_points} points cannot carry {network.n_landmarks} landmarks and {network.k} modes.",
                "Sample more points.",
            )
        self.probes = probes if probes.n_probes else probes.replace(n_probes=96)
        dimensions = {shape.vertices.shape[1] for shape in shapes}
        torch.manual_seed(sampling.seed)
        self.model = LandmarkNetwork(dimensions.pop(), network)
        n_valid = sampling.n_valid if valid else 0
        self.n_train, self.n_valid = sampling.n_samplings, n_valid
        arrays = [array for shape in (*shapes, *valid) for array in (shape.vertices, shape.faces)]
        asked = f"{sampling.model_dump_json()}{self.probes.model_dump_json()}".encode()
        self.fingerprint = fingerprint_of(*arrays, np.frombuffer(asked, np.uint8))
        self._samplings = []
        for number in range(self.n_train + n_valid):
            progress(number / (self.n_train + n_valid), f"sampling {number + 1} of {self.n_train + n_valid}")
            trains = number < self.n_train
            among = shapes if trains else valid
            shape = among[(number if trains else number - self.n_train) % len(among)]
            self._samplings.append(self._sampled(shape, network, sampling, number, warp=trains))

    def train_loss(self, model: torch.nn.Module, samples: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Mean reconstruction loss."""
        losses = [reconstruction_loss(columns, probes) for columns, probes in self._columns(model, samples)]
        return torch.stack(losses).mean()

    def valid_errors(self, model: torch.nn.Module, samples: torch.Tensor) -> dict[str, torch.Tensor]:
        """Reconstruction loss, and what the spans of the first 10 and 20 columns miss of those of the probes."""
        rows = [_missed(*pair) for pair in self._columns(model, self.n_train + samples)]
        return {name: torch.stack([row[name] for row in rows]) for name in rows[0]}

    def _columns(self, model: torch.nn.Module, numbers: torch.Tensor) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """The columns (n, k) and probes (n, m) of each of these samplings."""
        device = next(model.parameters()).device
        clouds = batched([self._samplings[int(number)] for number in numbers]).to(device)
        columns = model(clouds.points, clouds.local, clouds.distances, clouds.landmarks, clouds.batch)
        sizes = clouds.ptr.diff().tolist()
        return list(zip(columns.split(sizes), clouds.probes.float().split(sizes), strict=True))

    def _sampled(
        self, shape: Shape, network: NetworkOptions, sampling: SamplingOptions, number: int, *, warp: bool
    ) -> CloudData:
        rng = np.random.default_rng([sampling.seed, number])
        points = _points(shape, sampling.n_points, _KINDS[number % 3], rng)
        if warp:
            points = warped(points, sampling.warp, rng)
        seen = surroundings(points, self.probes.dimension, self.probes.n_neighbours)
        # To judge by, the expectation: a share of it would be blurred by chance.
        family = self.probes if warp else self.probes.replace(n_probes=0)
        functions = draw_probes(points, network.k, family, rng)
        cloud = cloud_tensors(seen, network.n_landmarks, self.probes.dimension)
        return cloud_data(cloud, torch.from_numpy(functions))


def _points(shape: Shape, n: int, kind: str, rng: np.random.Generator) -> np.ndarray:
    """(n, 3) points of a shape: spread evenly, at random, or crowded towards one end."""
    many = on_faces(shape, _CANDIDATES * n, rng) if not shape.is_cloud else shape.vertices
    if kind == "farthest" or len(many) <= n:
        return many[farthest_points(many, min(n, len(many)), start=int(rng.integers(len(many))))]
    height = many @ rng.standard_normal(many.shape[1])
    tilt = rng.uniform(0, 3) / (np.ptp(height) or 1.0) if kind == "tilted" else 0.0
    density = np.exp(tilt * (height - height.max()))
    return many[rng.choice(len(many), n, replace=False, p=density / density.sum())]


def _missed(columns: torch.Tensor, probes: torch.Tensor) -> dict[str, torch.Tensor]:
    errors = {"reconstruction": reconstruction_loss(columns, probes)}
    q = ordered_qr(columns.double())
    best = torch.linalg.svd(probes.double(), full_matrices=False)[0]
    for j in (10, 20):
        if j <= q.shape[-1]:
            errors[f"miss_{j}"] = 1 - (best[:, :j].mT @ q[:, :j]).square().sum() / j
    return errors

"""From first functional maps to maps of all vertices."""

from __future__ import annotations

import numpy as np

from geomlearn.core.progress import Progress
from geomlearn.core.results import Result, Status
from geomlearn.matching.options import ZoomOutOptions
from geomlearn.matching.point_map import Maps, point_map
from geomlearn.matching.strategies.problem import MatchProblem
from geomlearn.matching.zoomout.sides import tracking_pair
from geomlearn.matching.zoomout.zoomout import zoomout

# Modes from which the chosen first map is refined on all vertices: what few samples made of the others is coarse.
REFINED_FROM = 30


def refined(work: MatchProblem, fmaps: tuple[np.ndarray, np.ndarray], progress: Progress) -> Result[Maps]:
    """Maps of all vertices from first functional maps."""
    a, b, options = work.a, work.b, work.options
    fmap_ab, fmap_ba = fmaps
    # A first map that was trained on the pair is worth handing over: it may have taken minutes.
    cancelled = options.method == "diffumatch" and progress.cancelled
    if options.method == "none" or cancelled:
        map_ba = point_map(fmap_ab, a.basis.evecs, b.basis.evecs, device=options.device)
        map_ab = point_map(fmap_ba, b.basis.evecs, a.basis.evecs, device=options.device)
        maps = Maps(map_ab, map_ba, fmap_ab, fmap_ba)
        stopped = Status.CANCELLED, f"Cancelled; the best map so far has {len(fmap_ab)} modes."
        status, sentence = stopped if cancelled else (Status.CONVERGED, "The first map was not refined.")
        return Result(maps, status, sentence, (), {"k": len(fmap_ab)})
    fmap_ab, fmap_ba = (one[:REFINED_FROM, :REFINED_FROM] for one in fmaps)
    growth = ZoomOutOptions(**{name: getattr(options, name) for name in ZoomOutOptions.model_fields})
    if options.method == "zoomout":
        growth = growth.replace(w_bijective=0)
    rows = tracking_pair(a.shape.vertices, b.shape.vertices, growth.n_samples)
    size = min(len(fmaps[0]), growth.k_end)
    found = zoomout(a.basis, b.basis, fmap_ab, growth, progress, fmap_ba=fmap_ba, judged_from=size, followed=rows)
    work.clock.lap("refinement")
    return found

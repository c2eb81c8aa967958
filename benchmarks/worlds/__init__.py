"""Worlds of shapes with a known true map, made from free sources, for training, choosing and judging.

>>> from benchmarks.worlds.pairs import body_pairs          # doctest: +SKIP
>>> for pair in body_pairs("choose", 8, seed=0):            # doctest: +SKIP
...     pair.a, pair.b, pair.map_ab     # two shapes; for each vertex of A the vertex of B, or -1 where it has none

bodies      human bodies of any build in any pose, from the package anny (pip install "geomlearn[bodies]"; Apache-2.0
            code, CC0 shapes; half a minute at each start, two at the first; nothing is fetched).
poses       random poses of them: mild, wild, and named hard ones.
remeshing   a shape meshed anew, each on its own, with the way back to where its vertices came from.
scans       what scanners do: noise, holes, cut limbs, glued contacts, one-sided views, other units and axes.
folder      a folder of shapes to train on.
pairs       three disjoint worlds: `train`, `choose`, `judge` draw different bodies, poses and meshes.
"""

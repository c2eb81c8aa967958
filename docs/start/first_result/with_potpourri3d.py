import potpourri3d as pp3d

vertices, faces = pp3d.read_mesh("cat.off")
distance = pp3d.MeshHeatMethodDistanceSolver(vertices, faces).compute_distance(0)

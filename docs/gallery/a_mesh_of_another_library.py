"""
Meshes of other libraries
=========================

Objects of trimesh, PyVista and torch-geometric are taken wherever a shape is, and given back.
"""

import pyvista

import geomlearn as gl

knot = pyvista.ParametricTorus(ringradius=1.0, crosssectionradius=0.35, u_res=60, v_res=40).triangulate().clean()
basis = gl.eigenbasis(knot, k=10)
mesh = gl.to_pyvista(knot, {"mode": basis.evecs[:, 6]})
print(mesh.point_data.keys())
gl.render(mesh, fields={"mode 6": basis.evecs[:, 6]}, path="pyvista.png", size=(900, 600), up="z", turn=20)

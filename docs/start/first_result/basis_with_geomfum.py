from geomfum.shape import TriangleMesh

cat = TriangleMesh.from_file("cat.off")
cat.laplacian.find_spectrum(spectrum_size=128, set_as_basis=True)
evals, evecs = cat.basis.vals, cat.basis.vecs

import numpy as np
from geomfum.convert import P2pFromFmConverter
from geomfum.descriptor.pipeline import DescriptorPipeline, L2InnerNormalizer
from geomfum.descriptor.spectral import WaveKernelSignature
from geomfum.functional_map import FactorSum, LBCommutativityEnforcing, SpectralDescriptorPreservation
from geomfum.numerics.optimization import ScipyMinimize
from geomfum.refine import ZoomOut
from geomfum.shape import TriangleMesh

cat, fox = TriangleMesh.from_file("cat.off"), TriangleMesh.from_file("fox.off")
for mesh in (cat, fox):
    mesh.laplacian.find_spectrum(spectrum_size=128, set_as_basis=True)
    mesh.basis.use_k = 30
pipeline = DescriptorPipeline([WaveKernelSignature.from_registry(n_domain=100), L2InnerNormalizer()])
coefficients = [mesh.basis.project(pipeline.apply(mesh)) for mesh in (cat, fox)]
descriptors = SpectralDescriptorPreservation(*coefficients, weight=1.0)
commuting = LBCommutativityEnforcing.from_bases(cat.basis, fox.basis, weight=1e-2)
energy = FactorSum([descriptors, commuting])
found = ScipyMinimize(method="L-BFGS-B").minimize(energy, np.zeros((30, 30)), fun_jac=energy.gradient)
fmap = ZoomOut(nit=19, step=5)(found.x.reshape(30, 30), cat.basis, fox.basis)
for mesh in (cat, fox):
    mesh.basis.use_k = 125
map_fox_cat = P2pFromFmConverter()(fmap, cat.basis, fox.basis)
carried = cat.basis.full_vecs[map_fox_cat, 5]

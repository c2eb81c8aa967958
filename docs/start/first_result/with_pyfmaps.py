from pyFM.functional import FunctionalMapping
from pyFM.mesh import TriMesh

cat = TriMesh.load("cat.off", area_normalize=True).process(k=128)
fox = TriMesh.load("fox.off", area_normalize=True).process(k=128)
model = FunctionalMapping(cat, fox)
model.preprocess(n_descr=100, descr_type="WKS", k_process=128)
model.fit(K=(30, 30))
fmap = model.zoomout_refine(nit=19, step=5)
map_fox_cat = model.get_p2p(fmap)
carried = cat.eigenvectors[map_fox_cat, 5]

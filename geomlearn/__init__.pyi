"""Types of the names that `__init__.py` imports when they are asked for."""

from geomlearn import restoration as restoration
from geomlearn import sensing as sensing
from geomlearn import sparse as sparse
from geomlearn import tuning as tuning
from geomlearn.api.about import methods as methods
from geomlearn.api.fields import Field as Field
from geomlearn.api.fields import solve as solve
from geomlearn.api.forecasts import forecast as forecast
from geomlearn.api.learning import load_model as load_model
from geomlearn.api.learning import samples as samples
from geomlearn.api.learning import save_model as save_model
from geomlearn.api.learning import train as train
from geomlearn.api.matching import Match as Match
from geomlearn.api.matching import evaluate as evaluate
from geomlearn.api.matching import match as match
from geomlearn.api.pictures import render as render
from geomlearn.api.pictures import show as show
from geomlearn.api.shapes import Cloud as Cloud
from geomlearn.api.shapes import Mesh as Mesh
from geomlearn.api.shapes import check as check
from geomlearn.api.shapes import clean as clean
from geomlearn.api.shapes import read as read
from geomlearn.api.shapes import write as write
from geomlearn.api.spectra import distances as distances
from geomlearn.api.spectra import eigenbasis as eigenbasis
from geomlearn.api.spectra import gradient as gradient
from geomlearn.api.spectra import hks as hks
from geomlearn.api.spectra import laplacian as laplacian
from geomlearn.api.spectra import wks as wks
from geomlearn.collections.collection import Collection as Collection
from geomlearn.core.errors import GeomError as GeomError
from geomlearn.core.options import Options as Options
from geomlearn.core.progress import Progress as Progress
from geomlearn.core.results import Result as Result
from geomlearn.core.results import Status as Status
from geomlearn.shapes.drawn.curves import Curves as Curves
from geomlearn.shapes.drawn.vectors import Vectors as Vectors
from geomlearn.shapes.exchange import as_shape as as_shape
from geomlearn.shapes.exchange import to_pyvista as to_pyvista
from geomlearn.shapes.exchange import to_torch_geometric as to_torch_geometric
from geomlearn.shapes.exchange import to_trimesh as to_trimesh
from geomlearn.shapes.shape import Shape as Shape
from geomlearn.spectral.basis import Basis as Basis
from geomlearn.spectral.laplacian import Laplacian as Laplacian

sense = sensing

__version__: str

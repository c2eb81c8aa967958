"""Types of the names that `__init__.py` imports when they are asked for."""

from geomlearn.shapes.cleaning.cleaned import Cleaned as Cleaned
from geomlearn.shapes.cleaning.frame import rescale as rescale
from geomlearn.shapes.cleaning.frame import turn_up as turn_up
from geomlearn.shapes.cleaning.holes.fill import fill as fill
from geomlearn.shapes.cleaning.islands import drop_islands as drop_islands
from geomlearn.shapes.cleaning.options import CleanOptions as CleanOptions
from geomlearn.shapes.cleaning.orientation import orient as orient
from geomlearn.shapes.cleaning.outliers import drop_outliers as drop_outliers
from geomlearn.shapes.cleaning.pieces import keep_largest as keep_largest
from geomlearn.shapes.cleaning.pieces import weld_vertices as weld_vertices
from geomlearn.shapes.cleaning.pipeline import clean as clean
from geomlearn.shapes.cleaning.reconstruction import reconstruct as reconstruct
from geomlearn.shapes.cleaning.resampling import decimate as decimate
from geomlearn.shapes.cleaning.resampling import remesh as remesh
from geomlearn.shapes.cleaning.resampling import subsample as subsample
from geomlearn.shapes.cleaning.smoothing import smooth as smooth

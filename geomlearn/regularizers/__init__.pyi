"""Types of the names that `__init__.py` imports when they are asked for."""

from geomlearn.regularizers.alignment import Alignment as Alignment
from geomlearn.regularizers.alignment import align_features as align_features
from geomlearn.regularizers.alignment import procrustes as procrustes
from geomlearn.regularizers.ignite import SurrogateSharpness as SurrogateSharpness
from geomlearn.regularizers.lambda_orthogonality import lambda_orthogonality as lambda_orthogonality
from geomlearn.regularizers.layer_spectra import conv_reports as conv_reports
from geomlearn.regularizers.layer_spectra import layer_singular_values as layer_singular_values
from geomlearn.regularizers.orthogonal_conv import orthogonal_conv as orthogonal_conv
from geomlearn.regularizers.orthogonal_conv import orthogonal_dense as orthogonal_dense

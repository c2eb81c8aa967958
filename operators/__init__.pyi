"""Types of the names that `__init__.py` imports when they are asked for."""

from geomlearn.operators.baselines.deeponet import DeepONet as DeepONet
from geomlearn.operators.baselines.fno import FNO as FNO
from geomlearn.operators.baselines.fno import GeoFNO as GeoFNO
from geomlearn.operators.baselines.laplace_spectral import LaplaceSpectral as LaplaceSpectral
from geomlearn.operators.baselines.transolver import Transolver as Transolver
from geomlearn.operators.baselines.unet import UNet as UNet
from geomlearn.operators.data.files import read_dataset as read_dataset
from geomlearn.operators.data.generate import generate as generate
from geomlearn.operators.data.samples import Dataset as Dataset
from geomlearn.operators.data.samples import Samples as Samples
from geomlearn.operators.fields.series import FieldSeries as FieldSeries
from geomlearn.operators.fields.solve import solve as solve
from geomlearn.operators.latent_spectral.grid_model import LatentSpectralModel as LatentSpectralModel
from geomlearn.operators.latent_spectral.irregular_model import LatentSpectralIrregular as LatentSpectralIrregular
from geomlearn.operators.latent_spectral.shape_model import LatentSpectralShapes as LatentSpectralShapes
from geomlearn.operators.models.learning import train_operator as train_operator
from geomlearn.operators.models.prediction import evaluate as evaluate
from geomlearn.operators.models.prediction import predict as predict
from geomlearn.operators.sequence.block import SequenceBlock as SequenceBlock
from geomlearn.operators.sequence.layer import SSMLayer as SSMLayer
from geomlearn.operators.sequence.model import SequenceModel as SequenceModel
from geomlearn.operators.sequence.parameter_groups import parameter_groups as parameter_groups
from geomlearn.operators.training.options import TrainingOptions as TrainingOptions

"""Types of the names that `__init__.py` imports when they are asked for."""

from geomlearn.restoration.learned_proximal import LearnedProximal as LearnedProximal
from geomlearn.restoration.learning import learn_body_prior as learn_body_prior
from geomlearn.restoration.learning import learn_field_prior as learn_field_prior
from geomlearn.restoration.learning import learn_image_prior as learn_image_prior
from geomlearn.restoration.options import LpnOptions as LpnOptions
from geomlearn.restoration.options import LpnTraining as LpnTraining
from geomlearn.restoration.options import RestoreOptions as RestoreOptions
from geomlearn.restoration.plug_and_play import restore as restore
from geomlearn.restoration.prior import Prior as Prior
from geomlearn.restoration.prior import load_prior as load_prior
from geomlearn.restoration.signals import restore_blurred as restore_blurred
from geomlearn.restoration.signals import restore_bodies as restore_bodies
from geomlearn.restoration.signals import restore_part as restore_part

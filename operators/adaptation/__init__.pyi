"""Types of the names that `__init__.py` imports when they are asked for."""

from geomlearn.operators.adaptation.adapted import load_adapted as load_adapted
from geomlearn.operators.adaptation.adapted import put_on as put_on
from geomlearn.operators.adaptation.adapted import take_off as take_off
from geomlearn.operators.adaptation.adapter_files import load_adapter as load_adapter
from geomlearn.operators.adaptation.adapter_files import save_adapter as save_adapter
from geomlearn.operators.adaptation.attached import Adapter as Adapter
from geomlearn.operators.adaptation.attached import disabled as disabled
from geomlearn.operators.adaptation.learning import adapt as adapt
from geomlearn.operators.adaptation.low_rank.singular_drift import drift as drift
from geomlearn.operators.adaptation.low_rank.sorsa import orthonormality as orthonormality
from geomlearn.operators.adaptation.merging import merge as merge
from geomlearn.operators.adaptation.options import AdaptationOptions as AdaptationOptions
from geomlearn.operators.adaptation.options import MergeOptions as MergeOptions
from geomlearn.operators.adaptation.orthogonal.condition import Condition as Condition
from geomlearn.operators.adaptation.orthogonal.condition_files import load_conditions as load_conditions
from geomlearn.operators.adaptation.orthogonal.condition_files import save_conditions as save_conditions
from geomlearn.operators.adaptation.orthogonal.crosstalk import crosstalk as crosstalk
from geomlearn.operators.adaptation.orthogonal.options import OrthogonalOptions as OrthogonalOptions
from geomlearn.operators.adaptation.orthogonal.slots import merge_conditions as merge_conditions
from geomlearn.operators.adaptation.peft_folder import read_peft_folder as read_peft_folder
from geomlearn.operators.adaptation.peft_folder import write_peft_folder as write_peft_folder

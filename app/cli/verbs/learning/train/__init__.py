"""`geomlearn train MODEL`: one file per kind of thing to be learned, all through the one training loop."""

from cyclopts import App

from geomlearn.app.cli.verbs.learning.train.eigenbasis import eigenbasis
from geomlearn.app.cli.verbs.learning.train.features import features
from geomlearn.app.cli.verbs.learning.train.lpn import lpn
from geomlearn.app.cli.verbs.learning.train.operators import command_of
from geomlearn.app.cli.verbs.learning.train.prior import prior
from geomlearn.app.cli.verbs.learning.train.rollout import rollout
from geomlearn.app.cli.verbs.learning.train.sequence import sequence
from geomlearn.operators.models.table import MODELS

train = App(
    name="train",
    help="""Learn a model from data.

For operators the data is a folder that `data` made, or a file or folder in
one of the public layouts (.h5 .npz .npy .mat .pt). Checkpoints and metrics
are kept in a folder beside the model, MODEL.run; --resume continues there
after Ctrl-C or worse.
""",
    help_format="plaintext",
)

for _row in MODELS:
    train.command(command_of(_row.key, _row.title, _row.resolve_options()), name=_row.key)
train.command(eigenbasis, name="eigenbasis")
train.command(features, name="features")
train.command(lpn, name="lpn")
train.command(prior, name="prior")
train.command(rollout, name="rollout")
train.command(sequence, name="sequence")

"""`geomlearn sense`: where to measure on a shape, the field from the measurements, and the gains of the sensors."""

from cyclopts import App

from geomlearn.app.cli.verbs.sensing.calibrate import calibrate
from geomlearn.app.cli.verbs.sensing.fit import fit
from geomlearn.app.cli.verbs.sensing.modes import modes
from geomlearn.app.cli.verbs.sensing.patches import patches
from geomlearn.app.cli.verbs.sensing.place import place
from geomlearn.app.cli.verbs.sensing.unfold import unfold

sense = App(
    name="sense",
    help="Place sensors on a shape, rebuild fields from what they read, calibrate them.",
    help_format="plaintext",
)
for _verb in (place, fit, calibrate, unfold, modes, patches):
    sense.command(_verb)

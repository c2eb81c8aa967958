"""`geomlearn sense`: where to measure on a shape, the field from the measurements, and the gains of the sensors."""

from cyclopts import App

from geomlearn.app.cli.verbs.sensing.calibrate import calibrate
from geomlearn.app.cli.verbs.sensing.fit import fit
from geomlearn.app.cli.verbs.sensing.place import place

sense = App(
    name="sense",
    help="Place sensors on a shape, rebuild fields from what they read, calibrate them.",
    help_format="plaintext",
)
sense.command(place)
sense.command(fit)
sense.command(calibrate)

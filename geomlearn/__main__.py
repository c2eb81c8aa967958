"""`python -m geomlearn`: the command line."""

import sys

from geomlearn.app.cli.main import main

if __name__ == "__main__":
    sys.exit(main())

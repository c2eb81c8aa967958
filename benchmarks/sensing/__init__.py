"""Sensors measured: placement, CFD runs, regression from many samples, unknown gains."""

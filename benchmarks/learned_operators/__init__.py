"""The parts of `operator_learning.py` and `operator_search.py`."""

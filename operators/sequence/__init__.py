"""Sequence layers: linear state-space models S4, S4D, S5 and their perturb-then-diagonalize forms."""

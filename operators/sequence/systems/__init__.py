"""Continuous systems the layers start from: HiPPO-LegS, its diagonal stand-ins, perturb-then-diagonalize."""

from lapy import Solver, TriaMesh

evals, evecs = Solver(TriaMesh.read_off("cat.off")).eigs(k=128)

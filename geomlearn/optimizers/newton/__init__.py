"""Second-order steps for whole batches: Newton regularized by the gradient's own size."""

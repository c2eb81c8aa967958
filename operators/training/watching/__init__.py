"""What a run shows of itself while it runs: losses by the step, and the spectra of its weights and steps."""

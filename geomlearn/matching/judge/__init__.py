"""How good a map is, without the truth: what can be measured, and what it meant on shapes whose truth is known."""

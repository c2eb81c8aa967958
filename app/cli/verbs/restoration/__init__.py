"""Verbs that restore what is noisy, incomplete or blurred."""

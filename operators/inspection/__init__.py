"""What a trained operator does, to be looked at: answers beside truths, spectra of errors, tokens, learned maps."""

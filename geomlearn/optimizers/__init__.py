"""Update rules for matrices: Muon, AuON, ROOT, DCT-AdamW, and gradient-normalized Newton for whole batches."""

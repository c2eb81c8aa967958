"""One network for all clouds: landmarks, the network, its files, and what it is trained on."""

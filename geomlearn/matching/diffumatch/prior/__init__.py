"""What is known of functional maps before any pair is seen: moments, and a denoiser learned from many maps."""

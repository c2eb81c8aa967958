"""Adaptations that are trained apart and put together without loss: each reads its own columns of one shared basis."""

"""Maps between functions: equations on surfaces, and (later) operators learned from their solutions."""

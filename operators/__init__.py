"""Maps between functions: equations on surfaces, and operators learned from their solutions."""

"""The strategies of matching: each turns a pair made ready into refined maps."""

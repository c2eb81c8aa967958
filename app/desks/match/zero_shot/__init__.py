"""What the match desk shows of a match whose first maps were trained on the pair."""

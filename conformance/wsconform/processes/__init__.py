"""Run commands that are not ours below a supervisor, so that no process of theirs outlives them."""

"""What a run left behind: the run file and the pages made of it; knows nothing of how it was played."""

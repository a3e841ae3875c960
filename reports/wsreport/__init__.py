"""The run file and the pages that are made from it."""

"""Play the cells of a matrix: worker processes, run file, results, and whose failures they are."""

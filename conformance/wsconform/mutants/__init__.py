"""The proof of the suite: it notices every crooked server that breaks a rule, and accuses none that breaks no rule.

`score` says what follows from the verdicts on these servers, `document` is the file with them, and `table` is what is
printed; they do no I/O. `worker` plays the servers, in processes of their own.
"""

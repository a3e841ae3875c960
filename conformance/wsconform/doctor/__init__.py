"""Find out what can be tested on this machine."""

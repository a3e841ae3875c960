"""Virtual environments: what is installed for a target and its servers, and where it is kept."""

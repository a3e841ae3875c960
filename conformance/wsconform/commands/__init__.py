"""The subcommands, a file each: options above their handler."""

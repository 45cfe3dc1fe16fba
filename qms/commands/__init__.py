"""Parts of the `qms` command, by subject; `qms/cli.py` puts them together."""

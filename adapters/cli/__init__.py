"""The command line ``tvbot``: one file for each group of commands."""

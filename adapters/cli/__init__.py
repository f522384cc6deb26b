"""The command line: ``tvbot``."""

"""The Teams app package: a zip of the manifest, two icons and a file for each language."""

"""Build the Teams app package: a zip file with the manifest, two icons and a file for each language."""

"""The app's icons, drawn when a package is built: what they show stands in code, like everything else in it."""

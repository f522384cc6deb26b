"""The manual as a site: Sphinx reads the same Markdown files that the repository shows. ``sh scripts/site`` builds it."""

project = "tvbot"
author = "the tvbot authors"
extensions = ["myst_parser"]
html_theme = "furo"
html_title = "tvbot"
# A link to a heading is written as GitHub understands it; the build fails if the heading is not there.
myst_heading_anchors = 4
exclude_patterns = ["_build"]
# Nothing of the site is loaded from elsewhere.
html_copy_source = False
html_show_copyright = False
nitpicky = True

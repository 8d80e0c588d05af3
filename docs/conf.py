"""The site of these pages: `make docs` builds it into results/site, without a network; every warning is an error."""

from speech2face import __version__

project = "speech2face"
author = "The speech2face authors"
release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme = "furo"
html_title = "speech2face"
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False
# Depth of the headings that other pages link to.
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
# An alias in a signature is shown by its name.
autodoc_preserve_defaults = True
add_module_names = False
# Docstrings are Markdown in this: `x` is code.
default_role = "literal"
# Highlighting is for the languages that Pygments knows; commands and layouts stand in plain blocks.
highlight_language = "none"

"""How the documentation is built: `sphinx-build -W -j 2 docs public`, examples in two processes."""

from __future__ import annotations

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "_ext"), str(HERE.parent)]

import geomlearn  # noqa: E402

project = "geomlearn"
author = "The geomlearn authors"
copyright = "The geomlearn authors"
version = release = geomlearn.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
    "sphinx_gallery.gen_gallery",
    "docstrings",
    "extras",
    "method",
    "measured",
    "compared",
]
exclude_patterns = ["_build", "_references", "pictures", "start/first_result", "gallery/*", "tutorials/*"]
templates_path = ["_templates"]
suppress_warnings = ["config.cache"]
nitpicky = False
# Else the fence `method` would be that of the Python domain.
primary_domain = None

myst_enable_extensions = ["dollarmath", "deflist", "colon_fence"]
myst_heading_anchors = 3

autosummary_generate = True
autodoc_typehints = "none"
autodoc_member_order = "bysource"

html_theme = "pydata_sphinx_theme"
html_title = "geomlearn"
html_static_path = ["_static"]
html_css_files = ["geomlearn.css"]
html_theme_options = {
    "show_prev_next": False,
    "secondary_sidebar_items": ["page-toc"],
    "navbar_end": ["theme-switcher"],
    "show_toc_level": 2,
}
html_show_sourcelink = False

# The examples are scripts that anybody may run; a picture they write becomes the picture of their page.
sphinx_gallery_conf = {
    "examples_dirs": ["tutorials", "gallery"],
    "gallery_dirs": ["auto_tutorials", "auto_gallery"],
    "filename_pattern": os.environ.get("DOCS_EXAMPLES", r".*\.py"),
    "image_scrapers": ("pictures.scraper",),
    "capture_repr": (),
    "within_subsection_order": "FileNameSortKey",
    "remove_config_comments": True,
    "download_all_examples": False,
    "min_reported_time": 20,
    "show_memory": False,
    "parallel": True,
    "abort_on_example_error": True,
}

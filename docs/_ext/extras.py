"""The fence ```{extras}```: what can be installed beside the base."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from geomlearn.core.extras import EXTRAS


class Extras(SphinxDirective):
    """A definition list of the extras, from the table that `geomlearn doctor` reads."""

    def run(self) -> list[nodes.Node]:
        found = nodes.definition_list()
        for row in EXTRAS:
            term = nodes.term("", "", nodes.literal("", row.name))
            text = f"{row.purpose[0].upper()}{row.purpose[1:]}. Brings {', '.join(row.modules)}."
            found += nodes.definition_list_item("", term, nodes.definition("", nodes.paragraph("", text)))
        return [found]


def setup(app: Sphinx) -> dict[str, bool]:
    """Make the fence known."""
    app.add_directive("extras", Extras)
    return {"parallel_read_safe": True}

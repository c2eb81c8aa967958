"""`geomlearn collection`: what many shapes say together."""

from cyclopts import App

from geomlearn.app.cli.verbs.collections.explain import explain
from geomlearn.app.cli.verbs.collections.find import find, index
from geomlearn.app.cli.verbs.collections.group import group
from geomlearn.app.cli.verbs.collections.model import model
from geomlearn.app.cli.verbs.collections.refine import refine

collection = App(
    name="collection",
    help="Find similar shapes of a collection, its families, its model, and what drives it; make its maps consistent.",
    help_format="plaintext",
)
collection.command(index)
collection.command(find)
collection.command(refine)
collection.command(model)
collection.command(group)
collection.command(explain)

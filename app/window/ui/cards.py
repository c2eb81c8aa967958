"""The card of a method, as every desk shows it."""

from __future__ import annotations

from geomlearn.app.model.cards import Card
from geomlearn.app.window.ui.widgets import Ui


def draw_card(ui: Ui, card: Card | None, title: str, *, open_: bool = True) -> None:
    """Equation, when to use it, when not, source."""
    if card is None:
        return
    with ui.section(title, open_=open_) as shown:
        if not shown:
            return
        ui.text(f"{card.title}. {card.summary}")
        for line in card.equation:
            ui.text(f"  {line}", ui.theme.link)
            ui.record_item("equation")
        for head, words in (("Use when", card.use), ("Avoid when", card.avoid), ("Source", card.source)):
            if words:
                ui.faint(head)
                ui.text(words)
                ui.record_item(head)

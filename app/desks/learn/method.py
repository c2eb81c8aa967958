"""The method of a run: update rule, rate, penalty, start, with the card of what is chosen beside it."""

from __future__ import annotations

from geomlearn.app.model.cards import method_card
from geomlearn.app.window.ui.cards import draw_card
from geomlearn.app.window.ui.columns import columns
from geomlearn.app.window.ui.forms import draw_options
from geomlearn.app.window.ui.widgets import Ui
from geomlearn.core.errors import ParameterError
from geomlearn.operators.training.options import TrainingOptions
from geomlearn.optimizers.options import OPTIMIZERS, parse_options
from geomlearn.regularizers.options import LambdaOrthogonalityOptions
from geomlearn.regularizers.terms import parse_terms

PENALTIES = {"": "none", "orth-conv": "orthogonal layers", "lambda-orth": "λ-orthogonality"}
_ABOVE = ("lr", "weight_decay", "maximize", "foreach")
_OWN = ("optimizer", "learning_rate", "regularizer", "optimizer_options", "checkpoint_s", "device")
_FIXED = ("batch_size", "seed", "init", "init_activation", "ema_decay")
"""Options that a run in progress keeps."""


def draw_method(ui: Ui, options: TrainingOptions, *, paused: bool = False, locked: str = "") -> TrainingOptions:
    """Draw the options of training and return them as the person left them.

    Parameters
    ----------
    paused  only what a run in progress may change.
    locked  why nothing can be changed, or "".
    """
    rules = list(type(options).model_fields["optimizer"].annotation.__args__)
    with ui.disabled(locked):
        _, rule = ui.combo("Optimizer", rules, options.optimizer)
        if rule != options.optimizer:
            options = options.replace(optimizer=rule, optimizer_options="")
        if rule != "gns":
            rate = min(max(options.learning_rate, 1e-5), 1.0)
            changed, rate = ui.slider_float("Learning rate", rate, 1e-5, 1.0, log=True, form="%.5f")
            options = options.replace(learning_rate=rate) if changed else options
        options = _draw_penalty(ui, _draw_rule(ui, options))
    draw_card(ui, method_card(options.optimizer), "About the optimizer")
    kind, _ = penalty_of(options)
    if kind:
        draw_card(ui, method_card(kind), "About the penalty")
    if locked:
        return options
    skip = (*_OWN, *(_FIXED if paused else ()))
    first = ("epochs",) if paused else ("epochs", "batch_size", "init")
    return draw_options(ui, options, first=first, skip=skip)


def _draw_rule(ui: Ui, options: TrainingOptions) -> TrainingOptions:
    """The update rule's own options, which training keeps as text."""
    model = OPTIMIZERS.get(options.optimizer)
    if model is None:
        return options
    with ui.section("Options of the optimizer", open_=False) as shown:
        if not shown:
            return options
        given = model(**parse_options(options.optimizer, options.optimizer_options))
        # Rates and decay are chosen above, and rows of numbers cannot be written in the text.
        skip = [
            name
            for name, value in given.model_dump().items()
            if name in _ABOVE or isinstance(value, tuple | dict) or name.startswith("fallback")
        ]
        new = draw_options(ui, given, skip=skip)
    defaults = model().model_dump()
    words = [f"{name}={value}" for name, value in new.model_dump().items() if value != defaults[name]]
    text = ", ".join(words).replace("=None", "=none")
    return options.replace(optimizer_options=text) if new != given else options


def _draw_penalty(ui: Ui, options: TrainingOptions) -> TrainingOptions:
    kind, weight = penalty_of(options)
    with columns("penalty") as next_column:
        _, chosen = ui.combo("Penalty", list(PENALTIES), kind, labels=list(PENALTIES.values()))
        next_column()
        new = weight
        if chosen:
            _, new = ui.slider_float("Weight", min(max(weight, 1e-6), 10.0), 1e-6, 10.0, log=True, form="%.6f")
    if (chosen, new) == (kind, weight):
        return options
    try:
        return options.replace(regularizer=f"{chosen}:{new:.3g}" if chosen else "")
    except ParameterError:
        return options


def penalty_of(options: TrainingOptions) -> tuple[str, float]:
    """Kind and weight of the first penalty; "" and a usual weight when there is none."""
    terms = parse_terms(options.regularizer)
    if not terms:
        return "", 1e-3
    return "lambda-orth" if isinstance(terms[0], LambdaOrthogonalityOptions) else "orth-conv", terms[0].weight

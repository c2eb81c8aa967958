"""Formulas in x, y, z typed by a person: a small arithmetic language, evaluated on arrays without `eval`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

import numpy as np

from geomlearn.core.errors import ParameterError

CONSTANTS: Mapping[str, float] = {"pi": np.pi, "e": np.e}
FUNCTIONS: Mapping[str, tuple[Callable[..., np.ndarray], int]] = {
    "sin": (np.sin, 1),
    "cos": (np.cos, 1),
    "tan": (np.tan, 1),
    "arcsin": (np.arcsin, 1),
    "arccos": (np.arccos, 1),
    "arctan": (np.arctan, 1),
    "arctan2": (np.arctan2, 2),
    "sinh": (np.sinh, 1),
    "cosh": (np.cosh, 1),
    "tanh": (np.tanh, 1),
    "exp": (np.exp, 1),
    "log": (np.log, 1),
    "sqrt": (np.sqrt, 1),
    "abs": (np.abs, 1),
    "sign": (np.sign, 1),
    "floor": (np.floor, 1),
    "minimum": (np.minimum, 2),
    "maximum": (np.maximum, 2),
    "hypot": (np.hypot, 2),
    "where": (np.where, 3),
}
_OPERATORS: Mapping[type[ast.AST], Callable[..., np.ndarray]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Mod: np.mod,
    ast.Pow: np.power,
    ast.USub: np.negative,
    ast.UAdd: np.positive,
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
}
# Nesting beyond this is no formula a person types, and would exhaust the stack.
_DEEPEST = 60
_HINT = f"Use x, y, z, numbers, + - * / % **, comparisons, {', '.join((*CONSTANTS, *FUNCTIONS))}."


def evaluate(text: str, points: np.ndarray) -> np.ndarray:
    """The values of a formula at points.

    Parameters
    ----------
    text     for example "exp(-(x**2 + y**2)) * where(z > 0, 1, -1)".
    points   (n, 3) coordinates that x, y, z stand for.

    Returns
    -------
    (n,) finite float64.

    Raises
    ------
    ParameterError   the text is no formula, uses a word that is not in the list, or is not finite at some point.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ParameterError(f"{_quoted(text)} is not a formula.", _HINT) from None
    names: dict[str, np.ndarray | float] = {"x": points[:, 0], "y": points[:, 1], "z": points[:, 2], **CONSTANTS}
    with np.errstate(all="ignore"):
        values = np.asarray(_value(tree.body, names, 0), dtype=np.float64)
    values = np.array(np.broadcast_to(values, len(points)))
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        x, y, z = points[bad[0]]
        raise ParameterError(
            f"{_quoted(text)} is {values[bad[0]]} at {len(bad)} of {len(points)} points, "
            f"first at ({x:.4g}, {y:.4g}, {z:.4g}).",
            "Change the formula so that it is finite everywhere.",
        )
    return values


def _value(node: ast.AST, names: Mapping[str, np.ndarray | float], depth: int) -> np.ndarray | float:
    if depth > _DEEPEST:
        raise ParameterError("The formula is nested too deeply.", "Write a shorter one.")

    def inner(child: ast.AST) -> np.ndarray | float:
        return _value(child, names, depth + 1)

    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return np.float64(_as_float(number))
        case ast.Name(id=name) if name in names:
            return names[name]
        case ast.Name(id=name) | ast.Call(func=ast.Name(id=name)) if name not in FUNCTIONS:
            raise ParameterError(f"A formula cannot use the word {name}.", _HINT)
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](inner(operand))
        case ast.BinOp(op=op, left=left, right=right) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](inner(left), inner(right))
        case ast.BinOp(op=ast.BitXor()):
            raise ParameterError("A formula cannot use ^.", "Write x**2 for a square.")
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _OPERATORS:
            return np.asarray(_OPERATORS[type(op)](inner(left), inner(right)), dtype=np.float64)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            return _call(name, [inner(argument) for argument in args])
    raise ParameterError(f"A formula cannot contain {_quoted(ast.unparse(node))}.", _HINT)


def _call(name: str, arguments: list[np.ndarray | float]) -> np.ndarray:
    function, count = FUNCTIONS[name]
    if len(arguments) != count:
        raise ParameterError(f"{name} takes {count} values in brackets, not {len(arguments)}.", _HINT)
    return function(*arguments)


def _as_float(number: int | float) -> float:
    try:
        return float(number)
    except OverflowError:
        return float("inf")


def _quoted(text: str) -> str:
    text = text.strip()
    return f"“{text if len(text) <= 60 else text[:57] + '…'}”"

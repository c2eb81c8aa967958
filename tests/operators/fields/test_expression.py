import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geomlearn.core.errors import ParameterError
from geomlearn.operators.fields.expression import FUNCTIONS, evaluate

POINTS = np.random.default_rng(0).uniform(0.1, 0.9, (20, 3))
X, Y, Z = POINTS.T


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("x", X),
        (" 3 ", 3 + 0 * X),
        ("-x + +y", Y - X),
        ("x*y - z/2 + 7 % 4", X * Y - Z / 2 + 3),
        ("2**x**2", 2 ** (X**2)),
        ("exp(-(x**2 + y**2)) * sin(pi*z)", np.exp(-(X**2) - Y**2) * np.sin(np.pi * Z)),
        ("where(x > 0.5, 1, -y)", np.where(X > 0.5, 1, -Y)),
        ("(x <= y) * (z >= 0.2)", ((X <= Y) & (Z >= 0.2)).astype(float)),
        ("arctan2(y, x) + hypot(x, y) + log(e)", np.arctan2(Y, X) + np.hypot(X, Y) + 1),
        ("minimum(x, maximum(y, z))", np.minimum(X, np.maximum(Y, Z))),
        ("1e-3", 1e-3 + 0 * X),
    ],
)
def test_agrees_with_numpy(text, values):
    np.testing.assert_allclose(evaluate(text, POINTS), values, rtol=1e-15)


@pytest.mark.parametrize(("name", "count"), [(name, count) for name, (_, count) in FUNCTIONS.items()])
def test_every_function_in_the_list(name, count):
    function = FUNCTIONS[name][0]
    arguments = ["x", "y", "z"][:count]
    np.testing.assert_array_equal(evaluate(f"{name}({', '.join(arguments)})", POINTS), function(*(X, Y, Z)[:count]))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not a formula"),
        ("x +", "not a formula"),
        ("x = 1", "not a formula"),
        ("(" * 500, "not a formula"),
        ("x\x00", "not a formula"),
        ("w", "cannot use the word w"),
        ("sin", "cannot contain “sin”"),
        ("open('a')", "cannot use the word open"),
        ("__import__('os').system('ls')", "cannot contain"),
        ("x.__class__", "cannot contain"),
        ("x[0]", "cannot contain"),
        ("[x for x in y]", "cannot contain"),
        ("lambda: x", "cannot contain"),
        ("'text'", "cannot contain"),
        ("True", "cannot contain “True”"),
        ("1j", "cannot contain"),
        ("x and y", "cannot contain"),
        ("x if y else z", "cannot contain"),
        ("x < y < z", "cannot contain"),
        ("sin(x, out=y)", "cannot contain"),
        ("sin(*x)", "cannot contain"),
        ("(x := 3)", "cannot contain"),
        ("x ^ 2", r"cannot use \^"),
        ("not x", "cannot contain"),
        ("sin(x, y)", "sin takes 1 values in brackets, not 2"),
        ("where(x)", "where takes 3"),
        ("+" * 300 + "x", "nested too deeply"),
        ("+" * 900 + "x", "nested too deeply|not a formula"),
    ],
)
def test_everything_else_is_refused(text, words):
    with pytest.raises(ParameterError, match=words):
        evaluate(text, POINTS)


@pytest.mark.parametrize("text", ["1/(x - x)", "log(-x)", "9**9**9**9", "exp(1000*x)", "sqrt(x - 2)", "9" * 400])
def test_values_that_are_not_finite(text):
    with pytest.raises(ParameterError, match=r"of 20 points, first at \("):
        evaluate(text, POINTS)


@given(st.text(max_size=60))
def test_any_text_gives_numbers_or_a_sentence(text):
    try:
        values = evaluate(text, POINTS)
    except ParameterError:
        return
    assert values.shape == (20,)
    assert np.isfinite(values).all()

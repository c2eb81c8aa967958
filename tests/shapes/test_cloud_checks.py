"""What a cloud needs is found and named, and a good one hears of nothing but normals."""

import numpy as np

from geomlearn.shapes.builtin import icosphere
from geomlearn.shapes.cautions import cautions
from geomlearn.shapes.checks import check
from geomlearn.shapes.shape import Shape


def kinds(points, normals=None):
    return {finding.kind: finding.count for finding in check(Shape(points, normals=normals)).findings}


def test_outliers_pieces_duplicates_and_missing_normals_are_counted():
    body = icosphere(8).vertices
    strays = 4.0 * np.array([[1, 0, 0], [0, 1, 0], [0, 0, -1]])
    assert kinds(np.vstack([body, body / 2 + np.array([9.0, 0, 0])]))["components"] == 2
    found = kinds(np.vstack([body, strays, body[:7]]))
    assert found == {"outliers": 3, "duplicate vertices": 7, "no normals": 652}


def test_a_good_cloud_lacks_nothing():
    body = icosphere(8).vertices
    assert kinds(body, body) == {}
    assert kinds(body) == {"no normals": 642}


def test_a_few_points_are_judged_by_their_number_alone():
    assert kinds(np.eye(3)) == {"few points": 3, "no normals": 3}
    assert "outliers" not in kinds(np.ones((60, 3)))


def test_a_line_of_points_is_not_usable():
    line = np.linspace(0, 1, 60)[:, None] * [1.0, 2.0, 3.0] + 1e3
    report = check(Shape(line))
    assert not report.usable
    assert "on a line" in report.findings[0].sentence
    assert check(Shape(line + 0.01 * np.sin(40 * line[:, [1, 2, 0]]))).usable


def test_pieces_are_said_before_work_on_a_cloud():
    body = icosphere(8).vertices
    assert cautions(Shape(body)) == ()
    apart = np.vstack([body, body / 2 + [9.0, 0, 0], body / 2 - [9.0, 0, 0]])
    assert "3 separate pieces" in cautions(Shape(apart, name="cloud"))[0]
    assert cautions(Shape(np.vstack([body, [[9.0, 9.0, 9.0]]]))) == ()  # a stray is no piece

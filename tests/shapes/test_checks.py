"""The check finds what was put there and nothing else; what it calls repairable is gone after repair."""

import numpy as np
import pytest

from geomlearn.shapes.checks import Severity, check, repair
from geomlearn.shapes.io import read_shape
from geomlearn.shapes.shape import Shape


def kinds(shape: Shape) -> dict[str, int]:
    return {finding.kind: finding.count for finding in check(shape).findings}


def test_nothing_is_found_on_a_good_shape(sphere):
    report = check(sphere)
    assert report.findings == ()
    assert report.usable
    assert report.sentences() == ("sphere: nothing to report.",)


def flipped(sphere):
    faces = sphere.faces.copy()
    faces[[3, 50]] = faces[[3, 50], ::-1]
    return sphere.replace(faces=faces)


def cut(sphere):
    """Each face with corners of its own."""
    return Shape(sphere.vertices[sphere.faces].reshape(-1, 3), np.arange(240).reshape(-1, 3), name="soup")


SPOILED = {
    "duplicate faces": (lambda s: s.replace(faces=np.vstack([s.faces, s.faces[:2, [1, 2, 0]]])), 2),
    "degenerate faces": (lambda s: s.replace(faces=np.vstack([s.faces, [[0, 0, 1]]])), 1),
    "unreferenced vertices": (lambda s: s.replace(vertices=np.vstack([s.vertices, [[2, 2, 2]] * 1])), 1),
    "duplicate vertices": (cut, 198),
    "inconsistently oriented faces": (flipped, 2),
    "pieces inside out": (lambda s: s.replace(faces=s.faces[:, ::-1]), 1),
    "non-finite colors": (lambda s: s.replace(colors=np.where(np.arange(126).reshape(42, 3) == 4, np.nan, 0.5)), 1),
}


@pytest.mark.parametrize("kind", SPOILED)
def test_each_defect_is_found_counted_and_mended(sphere, kind):
    spoil, count = SPOILED[kind]
    shape = spoil(sphere)
    report = check(shape)
    finding = next(f for f in report.findings if f.kind == kind)
    assert (finding.count, finding.repairable) == (count, True)
    assert finding.sentence.startswith(f"{kind.capitalize()}: {count}")
    assert len(finding.examples) == min(count, 100)
    assert report.usable == (kind != "duplicate vertices")  # these make it a soup, which is no surface
    mended = repair(shape)
    assert mended.actions
    assert check(mended.shape).findings == ()
    np.testing.assert_array_equal(mended.shape.vertices, shape.vertices[mended.vertex_origin])
    assert mended.shape.area == pytest.approx(sphere.area)


def test_examples_point_at_the_defect(sphere):
    finding = next(f for f in check(flipped(sphere)).findings if f.kind == "inconsistently oriented faces")
    assert finding.element == "face"
    assert finding.examples.tolist() == [3, 50]


def test_what_cannot_be_mended_is_told(sphere):
    fan = Shape(np.vstack([np.eye(3), [[1.0, 1, 1], [0, 0, -1]]]), np.array([[0, 1, 2], [1, 0, 3], [0, 1, 4]]))
    finding = next(f for f in check(fan).findings if f.kind == "non-manifold edges")
    assert finding.examples.tolist() == [[0, 1]]
    pinched = Shape(np.random.default_rng(0).normal(size=(5, 3)), np.array([[0, 1, 2], [0, 3, 4]]))
    assert kinds(pinched) == {"non-manifold vertices": 1}
    two = Shape(np.vstack([sphere.vertices, sphere.vertices + 5]), np.vstack([sphere.faces, sphere.faces + 42]))
    assert kinds(two) == {"components": 2}


def test_unusual_units_are_noted_and_change_nothing(sphere):
    for factor in (1e-4, 1e4):
        report = check(sphere.replace(vertices=sphere.vertices * factor))
        assert [f.kind for f in report.findings] == ["units"]
        assert report.findings[0].severity is Severity.NOTE
        assert report.usable
    assert kinds(sphere.replace(vertices=sphere.vertices * 250)) == {}


@pytest.mark.parametrize("shape, kind", [
    (Shape(np.ones((5, 3))), "no extent"),
    (Shape(np.eye(3)), "few points"),
    (Shape(np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0]]), np.array([[0, 1, 2]])), "no area"),
])  # fmt: skip
def test_what_cannot_be_used_is_an_error(shape, kind):
    report = check(shape)
    assert not report.usable
    assert report.findings[0].kind == kind  # the gravest comes first
    assert report.findings[0].severity is Severity.ERROR


def test_sentences_of_reading_are_among_the_findings(sphere):
    report = check(sphere.replace(warnings=("Something was odd.",)))
    assert report.sentences() == ("Something was odd.",)


def test_documented_defects_of_real_files(shared_data):
    expected = {
        "bunny_nonmanifold.ply": {"non-manifold edges": 150},
        "cycloidal.ply": {"components": 100, "non-manifold edges": 242},
        "truck.obj": {"components": 50, "non-manifold edges": 54},
        "sliver_tet.ply": {"unreferenced vertices": 5005},
        "soup.stl": {"components": 100},
        "moebius.obj": {"not orientable": 1},
        "hourglass_ico.obj": {"non-manifold vertices": 1},
        "fan3.obj": {"non-manifold edges": 1},
    }
    for name, findings in expected.items():
        found = kinds(read_shape(shared_data / "meshes/broken" / name))
        assert findings.items() <= found.items(), name


def test_slits_soups_and_pieces_are_said_before_the_work(sphere):
    from geomlearn.shapes.cautions import cautions

    assert cautions(sphere) == ()
    assert "80 loose triangles" in cautions(cut(sphere))[0]
    two = Shape(np.vstack([sphere.vertices, sphere.vertices + 9.0]), np.vstack([sphere.faces, sphere.faces + 42]))
    assert "2 separate pieces" in cautions(two)[0]
    # The faces around vertex 0 get vertices of their own: a slit along their outer edges.
    fan = (sphere.faces == 0).any(axis=1)
    doubled = np.where(fan[:, None], sphere.faces + 42, sphere.faces)
    slit = Shape(np.vstack([sphere.vertices, sphere.vertices]), doubled)
    ring = int(fan.sum())
    assert f"slit along {2 * ring} edges" in cautions(slit)[0]
    finding = next(f for f in check(slit).findings if f.kind == "slit edges")
    assert (finding.count, finding.repairable) == (2 * ring, True)

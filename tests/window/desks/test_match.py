"""The match desk: run, cancel, landmarks, matrix, truth, files, chain, export, undo, session."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.app.desks.match.exports import metadata
from geomlearn.app.desks.match.runs import put
from geomlearn.app.desks.match.stage import candidates, show_column, shown_column
from geomlearn.app.desks.match.ways import MATCH, ways
from geomlearn.app.model.commands import Remove
from geomlearn.app.model.items import ShapeItem
from geomlearn.app.model.matching.matches import COLORS, VERDICT, LandmarksItem, MatchItem
from geomlearn.app.model.texts import NO_SCRIPT
from geomlearn.app.model.view.layers import picture
from geomlearn.app.model.view.place import world_points
from geomlearn.app.window.files.opening import open_session, save_session
from geomlearn.app.window.stage.camera import projection
from geomlearn.matching.existing_maps import match_from_point_maps
from geomlearn.matching.io.maps import read_map, write_map
from geomlearn.matching.options import MatchOptions, ZoomOutOptions
from geomlearn.shapes.builtin import builtin, ground_truth
from geomlearn.shapes.io import write_shape

pytestmark = pytest.mark.window
NAMES = ("biped-tall-walk", "biped-tall-reach", "biped-heavy-walk")
N = 700
QUICK = {
    "method": "bijective-zoomout",
    "k_end": 24,
    "k_solve": 12,
    "k_descriptors": 40,
    "n_candidates": 1,
    "n_descriptors": 10,
}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Three small bipeds as files, with the true map between the first two."""
    folder = tmp_path_factory.mktemp("bipeds")
    paths = [write_shape(folder / f"{name}.off", builtin(name, N)) for name in NAMES]
    return paths, ground_truth(*NAMES[:2], n_vertices_a=N, n_vertices_b=N)


@pytest.fixture
def bipeds(driver, files):
    """Two of them on the stage, the desk open and in a hurry."""
    driver.open(*files[0][:2])
    desk = driver.app.desks["match"]
    desk.options["match"] = MatchOptions(**QUICK)
    desk.options["zoomout"] = ZoomOutOptions(k_end=24)
    driver.app.show_desk("match")
    driver.frames(3)
    return driver


def matches(driver):
    return driver.app.scene.of(MatchItem)


def put_true_match(driver, truth):
    """The true map on the stage, without the wait for computing one."""
    desk = driver.app.desks["match"]
    a, b = desk.pair(driver.app)
    made = match_from_point_maps(a.shape, b.shape, truth, k=24)
    put(driver.app, (a.id, b.id), made, "True match", lambda ends, label: NO_SCRIPT)
    driver.frames(3)
    return matches(driver)[-1]


def on_screen(driver, shape, vertex):
    """Where a vertex is on the screen."""
    point = world_points(driver.app.scene, shape, np.array([vertex]))
    return tuple(float(x) for x in projection().to_screen(point)[0][0])


def facing(driver, shape, count):
    """Vertices well in front: those the pointer itself finds under their own place."""
    found = []
    for vertex in range(0, shape.shape.n_vertices, 7):
        driver.move(*on_screen(driver, shape, vertex))
        hit = driver.app.hit
        if hit is not None and hit.shape_id == shape.id:
            found.append(hit.vertex)
        if len(found) == count:
            return found
    raise AssertionError("no vertex of this shape can be pointed at")


def test_every_way_of_the_method_table_is_offered(driver):
    known = ways()
    assert {"match", "functional-map", "zoomout"} <= set(known)
    assert all(way.method.resolve_options() is not None for way in known.values())


def test_each_way_has_a_card_on_the_desk(bipeds):
    desk = bipeds.app.desks["match"]
    bipeds.click("About this method")
    for key in ways():
        desk.way = key
        bipeds.frames(2)
        assert all(bipeds.sees(f"About this method/{part}") for part in ("Use when", "Avoid when", "Source")), key
    desk.way = "match"
    bipeds.click("About this method")


def test_one_shape_is_not_enough(driver, files):
    driver.open(files[0][0])
    driver.key("M")
    driver.expect("Matching needs two shapes")


def test_match_shows_colours_lines_and_a_verdict_and_undoes(bipeds):
    bipeds.key("M")
    bipeds.wait()
    (match,) = matches(bipeds)
    desk = bipeds.app.desks["match"]
    assert match.method == "match" and match.parameters["k_end"] == 24
    assert match.judgements[0].name == "bijectivity" and len(match.judgements) == 4
    assert shown_column(bipeds.app, match) == COLORS
    # Where it fails: on the shape the score lives on, and back.
    show_column(bipeds.app, match, VERDICT + 1)
    shape_b = bipeds.app.scene[match.shape_b]
    assert np.array_equal(picture(bipeds.app.scene, shape_b).values, match.judgements[1].field)
    assert picture(bipeds.app.scene, bipeds.app.scene[match.shape_a]) is None
    # The whole story runs outside the window too.
    bipeds.key("Ctrl+Shift+C")
    names: dict = {}
    exec(bipeds.clipboard, names)  # the point of the test: what is copied must run
    assert np.array_equal(names["scene"].of(MatchItem)[0].map_ab, match.map_ab)
    # Refining starts from the match there is, and takes its place.
    desk.way = "zoomout"
    bipeds.key("M")
    bipeds.wait()
    old, new = matches(bipeds)
    assert (old.visible, new.visible, new.method) == (False, True, "zoomout")
    bipeds.key("Ctrl+Z")
    assert [item.visible for item in matches(bipeds)] == [True]


def test_cancelling_keeps_the_best_so_far_and_the_next_run_works(bipeds):
    desk = bipeds.app.desks["match"]
    bipeds.open(*(f"builtin:{name}" for name in NAMES[:2]))
    desk.first, desk.second = (shape.id for shape in bipeds.app.scene.of(ShapeItem)[2:])
    # Enough small steps on all vertices that the end is never reached before the click.
    slow = {"k_end": 90, "k_descriptors": 90, "step": 1, "n_samples": 0, "patience": 0}
    desk.options["match"] = MatchOptions(**{**QUICK, **slow})
    bipeds.key("M")
    bipeds.until(lambda: any(job.target == MATCH and job.fraction > 0.64 for job in bipeds.app.runner.active), 90.0)
    bipeds.click("cancel")
    bipeds.until(lambda: not bipeds.app.busy(MATCH), 6.0)
    bipeds.until(lambda: "Stopped: Match" in bipeds.messages() or "Cancelled: Match" in bipeds.messages(), 6.0)
    kept = matches(bipeds)
    # A machine with other work to do may not hand over in time; what is said and what is kept agree all the same.
    assert ("Stopped: Match" in bipeds.messages()) == (len(kept) == 1)
    assert all("best map so far" in match.note for match in kept)
    desk.first = desk.second = ""
    bipeds.app.focus_on("")
    desk.options["match"] = MatchOptions(**QUICK)
    bipeds.key("M")
    bipeds.wait()
    assert len(matches(bipeds)) == len(kept) + 1


def test_landmarks_are_clicked_undone_written_read_and_heeded(bipeds, tmp_path):
    desk, app = bipeds.app.desks["match"], bipeds.app
    first, second = desk.pair(app)
    bipeds.key("K")
    at_a, at_b = facing(bipeds, first, 1)[0], facing(bipeds, second, 1)[0]
    bipeds.press(*on_screen(bipeds, first, at_a))
    bipeds.press(*on_screen(bipeds, second, at_b))
    (item,) = app.scene.of(LandmarksItem)
    assert item.complete == ((at_a, at_b),)
    bipeds.key("Ctrl+Z")
    assert app.scene.of(LandmarksItem)[0].pairs == ((at_a, -1),)
    bipeds.key("Ctrl+Shift+Z")
    desk.landmarks._export._typed = str(tmp_path / "marks.txt")
    desk.landmarks._export.write(app, (np.array(item.complete), {"source": "a"}), NO_SCRIPT)
    bipeds.wait()
    app.do(Remove(item.id))
    bipeds.drop(tmp_path / "marks.txt")
    assert app.scene.of(LandmarksItem)[0].pairs == ((at_a, at_b),)
    bipeds.key("K")
    bipeds.key("M")
    bipeds.wait()
    assert matches(bipeds)[-1].parameters["landmarks"] == [[at_a, at_b]]


def test_matrix_hover_truth_export_and_session(bipeds, files, tmp_path):
    app, desk = bipeds.app, bipeds.app.desks["match"]
    match = put_true_match(bipeds, files[1])
    # A click on entry (4, 6) of the 20 × 20 corner shows mode 6 on A and mode 4 on B.
    bipeds.frames(2)
    plot = bipeds.rect("matrix")
    clicked = click_entry(bipeds, plot)
    assert clicked is not None
    i, j = clicked
    a, b = (app.scene[key] for key in match.parents)
    assert np.array_equal(picture(app.scene, a).values, match.basis_a.evecs[:, j])
    sign = -1 if match.fmap_ab[i, j] < 0 else 1
    assert np.array_equal(picture(app.scene, b).values, sign * match.basis_b.evecs[:, i])
    # Hovering lights the image.
    vertex = facing(bipeds, a, 1)[0]
    lights = desk.hover(app, app.hit)
    assert app.hit.vertex == vertex and 2 <= len(lights) <= 6
    image = world_points(app.scene, b, np.array([match.map_ab[vertex]]))[0]
    assert np.allclose(lights[1][0], image)
    # Other places it may belong to, by the low modes: spheres whose volumes are their shares, the true one among them.
    places, shares = candidates(match, b.shape, app.hit)
    assert len(lights) == 2 + len(places) and np.isclose(shares.sum(), 1)
    apart = np.linalg.norm(b.unit_vertices[places] - b.unit_vertices[match.map_ab[vertex]], axis=1)
    assert apart.min() < 0.1
    assert np.allclose([light.size for light in lights[2:]], 1.6 * np.cbrt(shares))
    # The truth, as a dropped pair of lists.
    for shape, points in ((a, np.arange(len(files[1]))), (b, files[1])):
        write_map(tmp_path / f"{shape.label}.vts", points, plain=True, index_base=1)
    bipeds.drop(tmp_path / f"{a.label}.vts", tmp_path / f"{b.label}.vts")
    bipeds.wait()
    match = matches(bipeds)[-1]
    assert match.truth is not None and match.truth.mean < 0.1
    assert match.truth.shares[0] > 0.9 and match.truth.source.count(".vts") == 2
    # Export, and what was exported drops back between the right shapes.
    desk.exports._map._typed = str(tmp_path / "out.csv")
    content = (match.map_ab, metadata(app, match))
    desk.exports._map.write(app, content, NO_SCRIPT, options={"index_base": 1})
    bipeds.wait()
    assert np.array_equal(read_map(tmp_path / "out.csv").map_ab, match.map_ab)
    # A session gives it all back.
    assert save_session(app, str(tmp_path / "day"), "{}")
    app.do(Remove(match.id))
    open_session(app, str(tmp_path / "day"))
    bipeds.frames(3)
    (again,) = matches(bipeds)
    assert np.array_equal(again.truth.errors, match.truth.errors)
    assert np.array_equal(again.judgements[0].field, match.judgements[0].field)
    assert app.desks["match"].options["match"] == MatchOptions(**QUICK)


def click_entry(driver, plot):
    """Click in the upper left part of the heat map; returns the entry that is shown then."""
    driver.press(plot.x + 0.4 * plot.w, plot.y + 0.3 * plot.h)
    match = matches(driver)[-1]
    return match.entry(shown_column(driver.app, match) or 0)


def test_dropped_maps_find_their_shapes_and_the_base_can_be_switched(bipeds, files, tmp_path):
    app = bipeds.app
    b, a = (shape.label for shape in reversed(bipeds.app.desks["match"].pair(app)))
    # Metadata decide against the sizes, which fit both ways.
    write_map(tmp_path / "back.txt", np.arange(N)[::-1].copy(), {"source": b, "target": a})
    bipeds.drop(tmp_path / "back.txt")
    (match,) = matches(bipeds)
    assert [app.scene[key].label for key in match.parents] == [b, a]
    # Without metadata the base is guessed, said, and can be switched.
    (tmp_path / "plain.txt").write_text("\n".join(str(i) for i in np.minimum(files[1], N - 2) + 1))
    bipeds.drop(tmp_path / "plain.txt")
    match = matches(bipeds)[-1]
    guessed = match.index_base
    bipeds.expect(f"seems to count from {guessed}")
    bipeds.frames(2)
    bipeds.click("base")
    bipeds.wait()
    switched = matches(bipeds)[-1]
    if guessed == 0:
        assert np.array_equal(switched.map_ab, match.map_ab - 1) and switched.index_base == 1
    else:
        assert np.array_equal(switched.map_ab, match.map_ab + 1) and switched.index_base == 0


def test_a_map_that_fits_nothing_is_a_sentence(bipeds, tmp_path):
    write_map(tmp_path / "other.txt", np.arange(50), plain=True)
    bipeds.drop(tmp_path / "other.txt")
    bipeds.expect("fits no two shapes here")
    assert not matches(bipeds)


def test_three_shapes_are_chained(bipeds, files, tmp_path):
    app, desk = bipeds.app, bipeds.app.desks["match"]
    bipeds.open(files[0][2])
    a, b, c = app.scene.of(ShapeItem)
    order = np.random.default_rng(0).permutation(N)
    for ends, map_ab in (((a, b), files[1]), ((c, b), order)):
        write_map(tmp_path / "leg.npz", map_ab, {"source": ends[0].label, "target": ends[1].label}, force=True)
        bipeds.drop(tmp_path / "leg.npz")
    app.focus, desk.first, desk.second = "", a.id, c.id
    app.run("match.chain")
    bipeds.wait()
    chained = matches(bipeds)[-1]
    assert chained.parents == (a.id, c.id)
    assert (chained.map_ab == np.argsort(order)[files[1]]).mean() > 0.95

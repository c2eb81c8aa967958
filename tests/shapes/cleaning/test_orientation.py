"""Sides agree, and a cloud gets its normals."""

import numpy as np

from geomlearn.shapes.checks import check
from geomlearn.shapes.cleaning.orientation import orient


def test_a_cloud_gets_normals_that_look_outwards(scan, strays):
    cloud = scan.replace(vertices=scan.vertices[~strays])
    done = orient(cloud)
    assert np.einsum("ij,ij->i", done.shape.normals, cloud.vertices).min() > 0.5
    assert done.numbers == {"normals_estimated": cloud.n_vertices}


def test_normals_that_were_read_keep_their_lines(ball):
    sides = np.where(np.arange(ball.n_vertices) % 3 == 0, -1.0, 1.0)[:, None]
    cloud = ball.replace(faces=np.zeros((0, 3), int), normals=sides * ball.vertices)
    done = orient(cloud)
    np.testing.assert_array_equal(done.shape.normals, ball.vertices)
    assert done.numbers == {"normals_turned": (sides < 0).sum()}
    assert orient(done.shape).actions == ("All normals agree with their neighbours.",)


def test_faces_are_turned_outwards(ball):
    faces = np.array(ball.faces)
    faces[::4] = faces[::4, ::-1]
    done = orient(ball.replace(faces=faces))
    assert check(done.shape).findings == ()
    assert done.numbers == {"faces_turned": len(faces[::4])}
    assert orient(ball).shape is ball

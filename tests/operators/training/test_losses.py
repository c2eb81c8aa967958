"""The relative error, as the field measures it."""

import torch

from geomlearn.operators.training.losses import relative_l2


def test_the_unit_of_the_fields_does_not_matter_and_nothing_is_one():
    torch.manual_seed(0)
    prediction, truth = torch.randn(2, 4, 7, 3, dtype=torch.float64)
    error = relative_l2(prediction, truth)
    torch.testing.assert_close(relative_l2(-3e5 * prediction, -3e5 * truth), error)
    torch.testing.assert_close(relative_l2(torch.zeros_like(truth), truth), torch.ones(4, dtype=torch.float64))
    by_hand = torch.stack([(p - t).norm() / t.norm() for p, t in zip(prediction, truth, strict=True)])
    torch.testing.assert_close(error, by_hand)


def test_areas_weigh_points():
    truth, prediction = torch.ones(1, 3, 1), torch.tensor([[[1.0], [1.0], [3.0]]])
    areas = torch.tensor([[[0.5], [0.25], [0.25]]])
    torch.testing.assert_close(relative_l2(prediction, truth, areas), torch.ones(1))
    torch.testing.assert_close(relative_l2(prediction, truth), torch.tensor([4 / 3]).sqrt())
    # A row of no area is filling.
    filled = torch.tensor([[[1.0], [0.0], [0.0]]])
    torch.testing.assert_close(relative_l2(prediction, truth, filled), torch.zeros(1))

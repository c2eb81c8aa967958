"""The block: norms, gates, dropout, and the same numbers whole and in steps."""

import pytest
import torch
from torch.nn import functional as F

from geomlearn.core.errors import ParameterError
from geomlearn.operators.sequence.block import ChannelGate, SequenceBlock, SequenceNorm
from geomlearn.operators.sequence.options import SequenceOptions, SSMOptions


def options_of(**values):
    return SequenceOptions(**{"ssm": SSMOptions(init="s5", n=4), "width": 6} | values)


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("norm", ["layer", "batch"])
@pytest.mark.parametrize("prenorm", [True, False])
@pytest.mark.parametrize("gate", ["glu", "half-glu-1", "half-glu-2", "none"])
def test_whole_in_stretches_and_in_steps_it_gives_the_same(norm, prenorm, gate):
    block = SequenceBlock(options_of(norm=norm, prenorm=prenorm, gate=gate)).eval()
    x = drawn(2, 9, 6)
    whole = block(x)
    first, state = block.resume(x[:, :4])
    second, _ = block.resume(x[:, 4:], state)
    torch.testing.assert_close(torch.cat([first, second], 1), whole, atol=1e-5, rtol=1e-5)
    outputs, state = [], None
    for value in x.unbind(1):
        y, state = block.step(value, state)
        outputs.append(y)
    torch.testing.assert_close(torch.stack(outputs, 1), whole, atol=1e-5, rtol=1e-5)


def test_the_gates_are_their_formulas():
    y = drawn(2, 5, 6)
    g = F.gelu(y)
    for kind, expected in {
        "half-glu-1": lambda gate: g * torch.sigmoid(gate.linear(g)),
        "half-glu-2": lambda gate: y * torch.sigmoid(gate.linear(g)),
        "glu": lambda gate: gate.linear(g)[..., :6] * torch.sigmoid(gate.linear(g)[..., 6:]),
        "none": lambda gate: g,
    }.items():
        gate = ChannelGate(6, kind)
        torch.testing.assert_close(gate(y, g), expected(gate))


def test_batch_norm_leaves_padding_out_of_its_statistics():
    x, lengths = drawn(2, 8, 6), torch.tensor([8, 3])
    polluted = x.clone()
    polluted[1, 3:] = 1e6
    clean_norm, norm = SequenceNorm(options_of(norm="batch")), SequenceNorm(options_of(norm="batch"))
    counted = torch.cat([x[0], x[1, :3]])
    expected = clean_norm.norm(counted)
    found = norm(polluted, lengths)
    torch.testing.assert_close(torch.cat([found[0], found[1, :3]]), expected)
    torch.testing.assert_close(norm.norm.running_mean, clean_norm.norm.running_mean)


def test_batch_norm_cannot_train_on_one_time_step():
    block = SequenceBlock(options_of(norm="batch"))
    with pytest.raises(ParameterError, match="single time step"):
        block(drawn(1, 1, 6))
    assert block.eval()(drawn(1, 1, 6)).isfinite().all()


def test_tied_dropout_drops_whole_channels_and_only_while_training():
    block = SequenceBlock(options_of(dropout=0.5, tied_dropout=True))
    torch.manual_seed(0)
    dropped = block._drop(torch.ones(3, 50, 6)) == 0
    assert dropped.any()
    assert (dropped.all(1) | ~dropped.any(1)).all()
    assert (block.eval()._drop(torch.ones(3, 50, 6)) == 1).all()

"""The stack: pooling, words, mixed lengths, streaming, and that it learns."""

import pytest
import torch

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.operators.sequence.model import SequenceModel
from geomlearn.operators.sequence.options import ParameterGroupOptions, SequenceOptions, SSMOptions
from geomlearn.operators.sequence.parameter_groups import parameter_groups


def model_of(init="s5-ptd", *, n_inputs=2, n_outputs=3, tokens=False, bidirectional=False, seed=0, **options):
    ssm = SSMOptions(init=init, n=8, bidirectional=bidirectional)
    values = {"ssm": ssm, "width": 8, "depth": 2} | options
    return SequenceModel(n_inputs, n_outputs, SequenceOptions(**values), tokens=tokens, seed=seed).eval()


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("init", ["s4", "s4d-legs", "s4-ptd", "s5-ptd"])
def test_a_stream_is_the_whole_sequence(init):
    model, u = model_of(init), drawn(2, 12, 2)
    whole = model(u)
    first, states = model.resume(u[:, :5])
    second, _ = model.resume(u[:, 5:], states)
    torch.testing.assert_close(torch.cat([first, second], 1), whole, atol=1e-5, rtol=1e-4)
    outputs, states, systems = [], None, model.discretize()
    for value in u.unbind(1):
        y, states = model.step(value, states, systems)
        outputs.append(y)
    torch.testing.assert_close(torch.stack(outputs, 1), whole, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("pooling", ["mean", "last"])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("norm", ["layer", "batch"])
def test_padding_does_not_change_a_pooled_output(pooling, bidirectional, norm):
    model = model_of(pooling=pooling, bidirectional=bidirectional, norm=norm)
    u, lengths = drawn(2, 10, 2), torch.tensor([10, 4])
    padded = u.clone()
    padded[1, 4:] = float("nan")
    y = model(padded, lengths)
    torch.testing.assert_close(y[1], model(u[1:, :4])[0], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(y[0], model(u[:1])[0], atol=1e-5, rtol=1e-4)


def test_words_are_embedded_and_checked():
    model = model_of(n_inputs=5, tokens=True, pooling="mean")
    words = torch.tensor([[0, 4, 2], [1, 1, 0]])
    assert model(words, torch.tensor([3, 2])).shape == (2, 3)
    for bad in (torch.tensor([[0, 5]]), torch.tensor([[-1, 0]]), torch.tensor([[0.0, 1.0]])):
        with pytest.raises(ParameterError, match=r"Words are whole numbers in 0 … 4"):
            model(bad)
    with pytest.raises(SizeMismatch, match="Words come as"):
        model(torch.tensor([1, 2]))


def test_bad_sequences_end_in_a_sentence():
    model, u = model_of(), drawn(2, 6, 2)
    with pytest.raises(SizeMismatch, match="2 channels"):
        model(drawn(2, 6, 3))
    u[0, 3] = float("nan")
    with pytest.raises(ParameterError, match=r"Sequence 0 .* at step 3"):
        model(u)
    with pytest.raises(ParameterError, match="pools the sequence"):
        model_of(pooling="mean").step(drawn(2, 2))
    with pytest.raises(ParameterError, match="needs inputs and outputs"):
        SequenceModel(0, 1)


def test_the_seed_alone_decides_the_weights():
    torch.manual_seed(1)
    first = model_of(seed=3).state_dict()
    torch.manual_seed(2)
    second = model_of(seed=3).state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not torch.equal(first["decoder.weight"], model_of(seed=4).state_dict()["decoder.weight"])


def test_blocks_of_one_model_start_from_different_read_outs():
    model = model_of()
    assert not torch.equal(model.blocks[0].ssm.c, model.blocks[1].ssm.c)


@pytest.mark.parametrize("init", ["s5-ptd", "s4-ptd", "s4"])
def test_it_learns_to_recall_what_came_three_steps_ago(init):
    """A model without memory cannot get below the variance of the input, which is 1."""
    model = model_of(init, n_inputs=1, n_outputs=1, depth=1, width=16).train()
    options = ParameterGroupOptions(ssm_lr=5e-3, lr=2e-2)
    optimizer = torch.optim.AdamW(parameter_groups(model, options))
    with torch.no_grad():
        model.blocks[0].ssm.log_dt.fill_(-1.5)
    generator, losses = torch.Generator().manual_seed(0), []
    for _ in range(60):
        u = torch.randn(16, 24, 1, generator=generator)
        loss = (model(u)[:, 3:] - u[:, :-3]).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[0] > 0.9
    assert sum(losses[-10:]) / 10 < 0.5

from __future__ import annotations

import numpy as np
import pytest

from training.network import EPSILON, Layer, blocks_of, split_at


def norm(chance: np.random.Generator, name: str, channels: int) -> dict[str, np.ndarray]:
    parts = ("weight", "bias", "running_mean", "running_var")
    return {f"{name}.{part}": chance.random(channels) + 0.5 for part in parts}


def checkpoint(chance: np.random.Generator) -> dict[str, np.ndarray]:
    """A net of three blocks: one without expansion, one that halves the picture, one that is added to its input."""
    state = {"_conv_stem.weight": chance.random((4, 3, 3, 3)), **norm(chance, "_bn0", 4)}
    for index, (channels, out) in enumerate(((4, 2), (2, 3), (3, 3))):
        name, wide = f"_blocks.{index}", channels * (1 if index == 0 else 6)
        if index:
            state |= {f"{name}._expand_conv.weight": chance.random((wide, channels, 1, 1))}
            state |= norm(chance, f"{name}._bn0", wide)
        state |= {
            f"{name}._depthwise_conv.weight": chance.random((wide, 1, 3, 3)),
            **norm(chance, f"{name}._bn1", wide),
        }
        state |= {f"{name}._project_conv.weight": chance.random((out, wide, 1, 1)), **norm(chance, f"{name}._bn2", out)}
    return state | {"_conv_head.weight": chance.random((8, 3, 1, 1))} | norm(chance, "_bn1", 8)


def test_a_checkpoint_is_read_from_stem_to_head_with_strides_and_skips() -> None:
    blocks = blocks_of(checkpoint(np.random.default_rng(1)))
    assert [len(block.layers) for block in blocks] == [1, 2, 3, 3, 1]
    assert [block.skip for block in blocks] == [False, False, False, True, False]
    side, sides = 64, []
    for block in blocks:
        side = block.side_after(side)
        sides.append(side)
    assert sides == [32, 32, 16, 16, 16]
    assert not blocks[2].layers[-1].active
    assert blocks[2].layers[1].groups == 12


def test_folding_gives_what_the_normalisation_would() -> None:
    chance = np.random.default_rng(2)
    state = checkpoint(chance)
    layer, pixels = blocks_of(state)[-1].layers[0], chance.random(3)
    plain = state["_conv_head.weight"][:, :, 0, 0] @ pixels
    spread = np.sqrt(state["_bn1.running_var"] + EPSILON)
    wanted = (plain - state["_bn1.running_mean"]) / spread * state["_bn1.weight"] + state["_bn1.bias"]
    assert layer.weight[:, :, 0, 0] @ pixels + layer.bias == pytest.approx(wanted, rel=1e-5)


@pytest.mark.parametrize(
    ("size", "stride", "side", "padding"),
    [
        (3, 1, 14, (1, 1)),
        (3, 2, 224, (0, 1)),
        (5, 2, 14, (1, 2)),
        (5, 1, 7, (2, 2)),
        (3, 2, 15, (1, 1)),
        (1, 1, 7, (0, 0)),
    ],
)
def test_padding_is_that_of_tensorflow(size: int, stride: int, side: int, padding: tuple[int, int]) -> None:
    layer = Layer(np.zeros((2, 1, size, size), np.float32), np.zeros(2, np.float32), stride)
    assert layer.padding(side) == padding


def test_the_cut_counts_blocks_after_the_stem() -> None:
    blocks = blocks_of(checkpoint(np.random.default_rng(3)))
    lower, upper = split_at(blocks, 2)
    assert (len(lower), len(upper)) == (3, 2)
    assert (*lower, *upper) == blocks

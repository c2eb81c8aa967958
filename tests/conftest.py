"""Fixtures that every room uses."""

import os
import signal
from pathlib import Path

import pytest

# A run started in the background ignores Ctrl-C and hang-ups, and its children would inherit that: tests that send them
# would wait for ever.
if os.name != "nt":
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data kept beside the repository; tests that need it skip where it is absent."""
    if not DATA.is_dir():
        pytest.skip("the real data set is not beside this checkout")
    return DATA


@pytest.fixture
def one_thread():
    """Small products: threads only wait for each other, and other workers use the other cores."""
    import torch

    torch.set_num_threads(1)

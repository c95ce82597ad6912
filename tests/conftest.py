"""What all tests share: how hypothesis looks for examples, and one browser for all tests of pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest

from tests.browsers import chromium, need_a_browser

# Without a deadline, since cores are shared, and without chance, so that a failure is there again in the next run.
hypothesis.settings.register_profile("peacesim", deadline=None, derandomize=True)
hypothesis.settings.load_profile("peacesim")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium without a window; playwright starts it once a process."""
    need_a_browser()
    with chromium() as started:
        yield started

"""Numbers as a reader sees them: none that a newspaper would not print."""

from __future__ import annotations

import pytest

from sim.report.words import difference_in_words, in_percent, with_interval

NAN = float("nan")


@pytest.mark.parametrize(
    ("value", "half_width", "factor", "said"),
    [
        (0.5, 1e-6, 100, "50.00 ± <0.01"),
        (0.5, 1e-6, 1, "0.5000 ± <0.0001"),
        (0.5, 0.0000499, 100, "50.00 ± <0.01"),
        (0.5, 0.00005, 100, "50.00 ± 0.01"),
        (12345.6, 1234.5, 1, "12,345.6 ± 1,234.5"),
        (1.0, 0.0, 100, "100.0 ± 0.0"),
        (0.25, NAN, 100, "25.0"),
    ],
)
def test_a_half_width_is_never_zero_unless_it_is(value: float, half_width: float, factor: float, said: str) -> None:
    assert with_interval(value, half_width, factor=factor).replace("\xa0", " ") == said


def test_an_interval_wider_than_a_share_can_be_says_nothing() -> None:
    assert difference_in_words(-0.168, 2.736, 100) == "−16.8, too few pairs to say"
    assert difference_in_words(-0.168, 0.5, 100).replace("\xa0", " ") == "−16.8 ± 50.0"
    assert difference_in_words(-16.8, 273.6, 1).replace("\xa0", " ") == "−16.8 ± 273.6"
    assert in_percent(0.5, 0.51).replace("\xa0", " ") == "50.0 % (too few replications to say)"
    assert in_percent(0.5, NAN).replace("\xa0", " ") == "50.0 %"

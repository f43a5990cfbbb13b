"""A known rate stays known under every endpoint."""

import pytest

from bayesips import control_prior
from bayesips.borrowing.benchmark import Benchmark
from bayesips.endpoints import Binary, Landmark
from bayesips.errors import Refused
from tests.borrowing.histories import LUNG


@pytest.mark.parametrize("endpoint", [Binary(), Binary(link="cloglog"), Landmark()], ids=str)
def test_a_known_rate_has_no_spread(endpoint):
    answer = control_prior(LUNG, Benchmark(0.245), endpoint=endpoint)
    assert float(answer.mean()) == pytest.approx(0.245, abs=1e-14)
    assert float(answer.std()) == pytest.approx(0.0, abs=1e-12)


def test_a_rate_has_no_default():
    with pytest.raises(Refused, match="benchmark has no default for rate: declare it"):
        control_prior(LUNG, "benchmark")

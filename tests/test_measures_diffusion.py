"""Logit speed: hand-computed cases, properties of the logistic curve, and what must be refused."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from recount import RecountError, logit_speed

SHARES = st.floats(0.001, 0.999)
MONTHS = st.floats(0.1, 60)


def test_by_hand():
    # logit(0.5) = 0 and logit(0.75) = log 3
    assert logit_speed(0.5, 0.75, 2) == pytest.approx(math.log(3) / 2)
    # the text under test: 12 to 73 percent in two months
    assert logit_speed(0.12, 0.73, 2) == pytest.approx((math.log(0.73 / 0.27) - math.log(0.12 / 0.88)) / 2)
    assert logit_speed(0.12, 0.73, 2) == pytest.approx(1.4935, abs=1e-4)


def test_arrays_are_broadcast():
    speeds = logit_speed([0.2, 0.4], 0.8, [[1], [2]])
    assert speeds.shape == (2, 2)
    assert speeds[1] == pytest.approx(speeds[0] / 2)


@given(rate=st.floats(0.01, 2), middle=st.floats(-10, 10), start=st.floats(-10, 10), months=MONTHS)
def test_a_logistic_curve_has_one_speed(rate, middle, start, months):
    share = 1 / (1 + np.exp(-rate * (np.array([start, start + months]) - middle)))
    assume((share > 1e-6).all() and (share < 1 - 1e-6).all())
    assert logit_speed(*share, months) == pytest.approx(rate, rel=1e-4)


@given(before=SHARES, after=SHARES, months=MONTHS)
def test_going_back_and_counting_those_outside_turn_the_sign(before, after, months):
    speed = float(logit_speed(before, after, months))
    assert logit_speed(after, before, months) == pytest.approx(-speed)
    assert logit_speed(1 - before, 1 - after, months) == pytest.approx(-speed, rel=1e-6, abs=1e-9)


@given(first=SHARES, second=SHARES, third=SHARES, months=MONTHS, more=MONTHS)
def test_stages_add_up(first, second, third, months, more):
    stages = logit_speed(first, second, months) * months + logit_speed(second, third, more) * more
    assert logit_speed(first, third, months + more) * (months + more) == pytest.approx(float(stages), abs=1e-9)


@pytest.mark.parametrize("share", [0, 1, -0.1, 1.2, 73, math.nan, math.inf])
def test_what_is_no_share_between_is_refused(share):
    with pytest.raises(RecountError, match="strictly between 0 and 1"):
        logit_speed(share, 0.5, 2)
    with pytest.raises(RecountError, match="strictly between 0 and 1"):
        logit_speed([0.5, 0.5], [0.6, share], 2)


@pytest.mark.parametrize("months", [0, -1, math.nan, math.inf])
def test_no_time_is_refused(months):
    with pytest.raises(RecountError, match="months above 0"):
        logit_speed(0.2, 0.5, months)

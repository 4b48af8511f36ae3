import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.multipart import MIB, MOST_BYTES, TooLarge, plan_copy, plan_upload

GIB, TIB = 1024 * MIB, 1024**4


def test_a_small_file_is_one_part() -> None:
    plan = plan_upload(1)

    assert (plan.part_size, plan.count, plan.size_of(1)) == (16 * MIB, 1, 1)


def test_a_tebibyte_stays_below_ten_thousand_parts() -> None:
    plan = plan_upload(TIB)

    assert plan.part_size == 117 * MIB
    assert plan.count == 8963
    assert plan.size_of(plan.count) == TIB - 8962 * 117 * MIB


@given(st.integers(min_value=1, max_value=MOST_BYTES))
def test_the_parts_of_any_file_make_the_file(size: int) -> None:
    plan = plan_upload(size)

    assert plan.part_size >= 16 * MIB
    assert plan.part_size % MIB == 0
    assert plan.count < 10_000
    assert (plan.count - 1) * plan.part_size + plan.size_of(plan.count) == size
    assert plan.range_of(plan.count)[1] == size - 1


def test_nothing_and_too_much_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one byte"):
        plan_upload(0)
    with pytest.raises(TooLarge):
        plan_upload(MOST_BYTES + 1)


@given(st.integers(min_value=1, max_value=MOST_BYTES))
def test_a_copy_keeps_to_the_limits_of_the_store(size: int) -> None:
    plan = plan_copy(size, aimed=64 * MIB)

    assert plan.count <= 10_000
    assert 5 * MIB <= plan.part_size <= 5 * GIB
    assert plan.range_of(plan.count)[1] == size - 1

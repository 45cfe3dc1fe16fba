"""Marks of a chart stand where their numbers say."""

from itertools import pairwise

from qms.kernel.charts import FOOT, HEIGHT, MOST_WIDE, WIDTH, bars
from qms.kernel.share import Share


def test_the_height_of_a_column_is_its_share_and_the_last_one_is_the_present() -> None:
    chart = bars([("2025", Share(1, 2)), ("2026", Share(4, 4))], 100)
    half, whole = chart.bars
    assert half.height * 2 == whole.height and whole.top == chart.target_y
    assert half.top + half.height == whole.top + whole.height == chart.base == HEIGHT - FOOT
    assert half.past and not whole.past


def test_nothing_in_scope_is_a_column_without_height() -> None:
    assert bars([("2026", Share(0, 0))], 100).bars[0].height == 0


def test_columns_stay_within_the_drawing_and_beside_each_other() -> None:
    for count in range(1, 13):
        made = bars([(str(year), Share(1, 1)) for year in range(count)], 80).bars
        assert made[0].left >= 0 and made[-1].left + made[-1].width <= WIDTH
        assert all(one.left + one.width < after.left for one, after in pairwise(made))
        assert all(one.width <= MOST_WIDE and abs(2 * (one.middle - one.left) - one.width) <= 1 for one in made)


def test_the_line_of_a_target_stands_at_its_percent() -> None:
    chart = bars([("2026", Share(4, 5))], 80)
    assert chart.target_y == chart.bars[0].top

"""Marks of a chart stand where their numbers say."""

from datetime import date
from itertools import pairwise

from qms.kernel.charts import (
    EDGE,
    FOOT,
    GANTT_LABELS,
    GANTT_MARK,
    HEIGHT,
    MOST_NAMED,
    MOST_WIDE,
    PARETO_ROOM,
    TOP,
    WIDTH,
    bars,
    columns,
    gantt,
    line,
    pareto,
)
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


def test_the_highest_column_fills_the_room_and_nothing_is_no_height() -> None:
    marks = columns([("0–30", 4, "good"), ("31–60", 2, "attention"), ("> 90", 0, "bad")]).marks
    assert marks[0].top == TOP and marks[1].height * 2 == marks[0].height and marks[2].height == 0
    assert [(mark.count, mark.tone) for mark in marks] == [(4, "good"), (2, "attention"), (0, "bad")]
    assert all(one.left + one.width < after.left for one, after in pairwise(marks))
    assert [mark.height for mark in columns([("0–30", 0, "good")]).marks] == [0]


def test_a_line_reaches_from_edge_to_edge_and_the_newest_has_its_label() -> None:
    chart = line([(f"{month}/2026", month) for month in range(1, 13)])
    assert (chart.points[0].x, chart.points[-1].x) == (EDGE, WIDTH - EDGE)
    assert chart.points[-1].y == TOP and all(after.y < one.y for one, after in pairwise(chart.points))
    named = [point for point in chart.points if point.named]
    assert named[-1] is chart.points[-1] and len(named) <= MOST_NAMED
    assert chart.path.split()[0] == f"{chart.points[0].x},{chart.points[0].y}"
    assert [point.y for point in line([("1/2026", 0)]).points] == [chart.base]


def test_a_pareto_puts_the_greatest_first_and_counts_the_vital_few() -> None:
    chart = pareto([("điều 7.5", "7.5", 2), ("điều 8.5", "8.5", 6), ("điều 9.1", "9.1", 2)])
    assert [row.name for row in chart.rows] == ["8.5", "7.5", "9.1"]
    assert [(row.together.k, row.together.n) for row in chart.rows] == [(6, 10), (8, 10), (10, 10)]
    assert chart.vital == 2, "the first two make exactly eighty percent"
    assert chart.rows[0].length == chart.rows[-1].sum_x == PARETO_ROOM and chart.rows[1].sum_x == chart.mark_x
    assert pareto([]).rows == [] and pareto([("a", "a", 0)]).rows[0].length == 0


def test_a_gantt_lays_spans_along_the_year_and_cuts_what_lies_outside() -> None:
    day = date(2026, 7, 2)
    rows = [("A", date(2026, 1, 1), date(2026, 12, 31), "good", "xong"), ("B", day, day, "planned", "dự kiến")]
    chart = gantt([*rows, ("C", date(2025, 11, 1), date(2026, 1, 31), "good", "xong")], 2026, date(2026, 7, 1))
    whole, single, cut = chart.spans
    assert (whole.left, whole.left + whole.width) == (GANTT_LABELS, chart.width)
    assert single.width == GANTT_MARK and cut.left == GANTT_LABELS
    assert chart.now_x is not None and chart.now_x <= single.left
    assert gantt(rows, 2026, date(2027, 1, 1)).now_x is None
    assert [month for month, _x in chart.months] == list(range(1, 13))
    assert chart.height > chart.spans[-1].top

"""What a saved filter has to be."""

from qms.pages import rules


def test_no_more_than_twenty_filters_are_kept_of_a_list() -> None:
    assert rules.not_too_many(19) is None
    refusal = rules.not_too_many(20)
    assert refusal is not None and refusal.code == "too_many_saved" and "20" in str(refusal.sentence)


def test_a_saved_filter_narrows_something() -> None:
    assert rules.narrows_something("state=open") is None
    refusal = rules.narrows_something("")
    assert refusal is not None and refusal.code == "nothing_to_save"

"""Letters are made of plain text; nothing that somebody typed can become a header, a link, an item or markup."""

from datetime import date
from email import message_from_bytes
from email.policy import default

import pytest
from flask import Flask

from qms.config import Settings
from qms.kernel.language import _l
from qms.notices.addresses import mail_address
from qms.notices.letters import blocks_of, new_message_id, render
from qms.notices.sending import Claimed, message_of
from tests.notices.conftest import use_mail
from tests.office import TODAY, at

LONGEST_LINE = 76
"""RFC 2047: a line that holds an encoded word has no more characters."""
EVIL = (
    'Bình\r\nBcc: all@elsewhere.example\n\n- <img src=x onerror="alert(1)">\n  https://qms.phuong.example/sign-out\n{{ config }}'
)


def urgent(app: Flask, **values: object) -> dict[str, object]:
    use_mail(app, 25)
    return {"full_name": "Bình", "sentence": "Có việc", "due_on": date(2026, 11, 30), "url": None, **values}


def test_what_somebody_typed_stays_one_line_of_text(app: Flask) -> None:
    letter = render("urgent", "en", urgent(app, full_name=EVIL, sentence=EVIL))
    assert "\n" not in letter.subject and "\r" not in letter.subject
    assert "- <img" not in "".join(line[:6] for line in letter.text.splitlines())
    assert "{{ config }}" in letter.text
    assert "<img" not in letter.html and "&lt;img" in letter.html
    assert "<li>" not in letter.html and "<a " not in letter.html


def test_a_line_end_in_any_header_is_refused_before_it_travels(app: Flask) -> None:
    use_mail(app, 25)
    settings: Settings = app.extensions["qms.settings"]
    for evil in (
        {"subject": "a\nBcc: x@y.example"},
        {"address": "a@b.example\r\nBcc: x@y.example"},
        {"message_id": "<a@b>\nX: y"},
    ):
        fields = {"address": "a@b.example", "subject": "s", "message_id": "<a@b>", **evil}
        letter = Claimed(1, html=None, template="t", text="t", made_at=at(TODAY), tries=1, until=at(TODAY), **fields)
        with pytest.raises(ValueError, match=r"(?i)header|CR|invalid|newline"):
            message_of(letter, settings).as_bytes()


def test_a_long_vietnamese_subject_keeps_every_space_on_its_way(app: Flask) -> None:
    use_mail(app, 25)
    settings: Settings = app.extensions["qms.settings"]
    subject = "Cần xử lý ngay: Thư ký ISO đã điền thay ông/bà một nội dung về NC-2026-021: đề nghị bấm xác nhận hoặc từ chối."
    fields = {"address": "a@b.example", "subject": subject, "message_id": "<a@b>"}
    letter = Claimed(1, html=None, template="t", text="t", made_at=at(TODAY), tries=1, until=at(TODAY), **fields)
    travelled = message_of(letter, settings).as_bytes()
    assert message_from_bytes(travelled, policy=default)["Subject"] == subject
    assert all(len(line) <= LONGEST_LINE for line in travelled.splitlines())


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("binh@phuong.example", "binh@phuong.example"),
        (" binh.tt+iso@Phuong.Example ", "binh.tt+iso@phuong.example"),
        ("binh@tỉnh.example", "binh@xn--tnh-dlz.example"),
        ("binh", None),
        ("binh@", None),
        ("@phuong.example", None),
        ("binh @phuong.example", None),
        ("binh@phuong.example,x@y.example", None),
        ("Bình <binh@phuong.example>", None),
        ("binh@phuong.example\nBcc: x@y.example", None),
        ("bình@phuong.example", None),
        ("binh@[127.0.0.1]", None),
        ("binh@127.0.0.1", None),
        ("binh@phuong..example", None),
        ("x" * 65 + "@phuong.example", None),
        ("binh@" + "a." * 130 + "example", None),
        ("", None),
        (None, None),
    ],
)
def test_what_is_a_mail_address_and_what_is_none(text: str | None, address: str | None) -> None:
    assert mail_address(text) == address


def test_paragraphs_items_and_links_are_found_in_the_text(app: Flask) -> None:
    use_mail(app, 25)
    blocks = blocks_of(
        "Một\nhai\n\n- ba\n  bốn\n  https://qms.phuong.example/x\n- năm\nsáu\n\nhttps://elsewhere.example/\nhttps://qms.phuong.example/y\n"
    )
    shown = [(block.listed, [[(line.text, line.link) for line in item] for item in block.items]) for block in blocks]
    assert shown == [
        (False, [[("Một", False), ("hai", False)]]),
        (True, [[("ba", False), ("bốn", False), ("https://qms.phuong.example/x", True)], [("năm", False)]]),
        (False, [[("sáu", False)]]),
        (False, [[("https://elsewhere.example/", False), ("https://qms.phuong.example/y", True)]]),
    ]


def test_characters_that_turn_writing_round_are_taken_out(app: Flask) -> None:
    letter = render("urgent", "vi", urgent(app, sentence="Hồ sơ\u202egpj.exe\u200b \u2066x\u2069\u2028y"))
    assert "Hồ sơgpj.exe x y" in letter.text or "Hồ sơgpj.exe xy" in letter.text


def test_a_long_subject_is_cut_and_says_so(app: Flask) -> None:
    letter = render("urgent", "vi", urgent(app, sentence="việc " * 100))
    assert len(letter.subject) <= 200 and letter.subject.endswith("…")


def test_a_letter_takes_text_numbers_and_days_only(app: Flask) -> None:
    with pytest.raises(TypeError, match="object"):
        render("urgent", "vi", urgent(app, sentence=object()))
    with pytest.raises(ValueError, match="fr"):
        render("urgent", "fr", urgent(app))


def test_a_lazy_sentence_is_said_in_the_language_of_the_letter(app: Flask) -> None:
    said = _l("Overdue")
    assert "Overdue" in render("urgent", "en", urgent(app, sentence=said)).text
    assert "Quá hạn" in render("urgent", "vi", urgent(app, sentence=said)).text


def test_no_two_letters_share_a_message_id_and_it_names_our_host(app: Flask) -> None:
    use_mail(app, 25)
    made = {new_message_id() for _ in range(1000)}
    assert len(made) == 1000
    assert all(one.endswith("@qms.phuong.example>") and one.startswith("<") for one in made)

"""The field for photos of a form: made harmless once the step was asked, and before the transaction that keeps them."""

from collections.abc import Sequence
from typing import Any

from werkzeug.datastructures import FileStorage
from wtforms import MultipleFileField

from qms.config import present_settings
from qms.files.models import StoredFile
from qms.files.service import LARGEST_PIXELS, Picture, keep, read_picture, store_bytes
from qms.kernel.language import _l
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refused

MOST_PHOTOS = 3
"""With ten megabytes each they stay below what a request may hold."""


class PhotosField(MultipleFileField):
    """Up to ``MOST_PHOTOS`` photos. A phone offers its camera and what it took before: ``capture`` would forbid the latter."""

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        render = {"accept": ",".join(f"image/{name.lower()}" for name in LARGEST_PIXELS)}
        help_text = _l("Up to %(count)s, JPEG, PNG or WebP, 10 MB each; cover personal details first.", count=MOST_PHOTOS)
        super().__init__(label, description=help_text, render_kw=render, **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Takes the uploads as they came; ValueError with a sentence when there are too many.

        Nothing is decoded yet, as that costs much and nobody has been asked whether this person may do the step.
        """
        self.uploads: list[Any] = [one for one in valuelist if isinstance(one, FileStorage) and one.filename]
        self.data: list[Picture] = []
        if len(self.uploads) > MOST_PHOTOS:
            raise ValueError(str(_l("Choose up to %(count)s photos.", count=MOST_PHOTOS)))

    def read(self) -> bool:
        """Decodes each and writes the bytes, before the transaction that keeps the photos; to be called once the step was asked.

        False, with the sentence at the field, when one is no harmless picture.
        """
        try:
            self.data = [read_picture(one.stream, one.filename or "") for one in self.uploads]
        except Refused as refused:
            self.errors = [str(one) for one in refused.refusals]
            return False
        for picture in self.data:
            store_bytes(picture, present_settings().files)
        return True

    def keep(self, moment: Moment) -> Sequence[StoredFile]:
        """The rows of the photos, inside the transaction."""
        return [keep(picture, moment) for picture in self.data or ()]

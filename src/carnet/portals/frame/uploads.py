"""Files in forms: only where a page asks for one, of a signed-in person, in memory, and never beyond a limit.

Django's own handlers write large files in clear to a temporary folder; a health document rests encrypted or not at all.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

# Names of the addresses whose forms carry a file.
FORMS = frozenset({"deposit"})
MOST_BYTES = 20 * 1024 * 1024


class Handler(FileUploadHandler):  # type: ignore[misc]
    """Keeps one file in memory; of a larger one, its size alone, so that the form can say that it is too large."""

    request: HttpRequest

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Skip what no page asked for; nobody reads a file of somebody who is not signed in."""
        super().new_file(*args, **kwargs)
        place = self.request.resolver_match
        wanted = place is not None and place.url_name in FORMS and self.field_name == "file"
        if not wanted or not self.request.user.is_authenticated:
            raise SkipFile
        self._bytes = BytesIO()
        self._size = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Keep a chunk while the whole is within the limit."""
        self._size += len(raw_data)
        if self._size <= MOST_BYTES:
            self._bytes.write(raw_data)
        else:
            self._bytes.seek(0)
            self._bytes.truncate()

    def file_complete(self, file_size: int) -> UploadedFile:
        """The file: its name, what the browser calls it, its true size."""
        self._bytes.seek(0)
        return UploadedFile(
            file=self._bytes,
            name=self.file_name,
            content_type=self.content_type,
            size=file_size,
            charset=self.charset,
        )

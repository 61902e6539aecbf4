"""What can be asked of entries, sets and folders, and the conditions that are not columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from carnet.record.documents.times import padded
from carnet.wire.xds.model import Code, DocumentEntry, Folder, Status, SubmissionSet

AnyOf = tuple[Code, ...]


class DocumentQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What FindDocuments and ITI-67 can ask (IHE ITI TF-2 §3.18.4.1.2.3.7.1).

    Coded attributes are an AND of ORs: one tuple of codes for each repetition; a code without scheme
    matches any scheme. Ranges are `(from, to)` in DTM, `from ≤ t < to`, empty for open. `author_persons` are
    SQL LIKE patterns over the XCN. Names (`unique_ids`, `entry_uuids`,
    `logical_ids`) are alternatives. `after` is the (creation, id) of the last entry of the page before.
    """

    statuses: tuple[Status, ...] = (Status.APPROVED,)
    type_codes: tuple[AnyOf, ...] = ()
    class_codes: tuple[AnyOf, ...] = ()
    format_codes: tuple[AnyOf, ...] = ()
    practice_setting_codes: tuple[AnyOf, ...] = ()
    healthcare_facility_type_codes: tuple[AnyOf, ...] = ()
    confidentiality_codes: tuple[AnyOf, ...] = ()
    event_codes: tuple[AnyOf, ...] = ()
    creation_time: tuple[str, str] = ("", "")
    service_start_time: tuple[str, str] = ("", "")
    service_stop_time: tuple[str, str] = ("", "")
    author_persons: tuple[str, ...] = ()
    unique_ids: tuple[str, ...] = ()
    entry_uuids: tuple[str, ...] = ()
    logical_ids: tuple[str, ...] = ()
    reference_ids: tuple[str, ...] = ()
    mime_types: tuple[str, ...] = ()
    limit: int | None = None
    after: tuple[str, str] | None = None


class SetQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What FindSubmissionSets and ITI-66 can ask (IHE ITI TF-2 §3.18.4.1.2.3.7.2); read like `DocumentQuery`."""

    statuses: tuple[Status, ...] = (Status.APPROVED,)
    source_ids: tuple[str, ...] = ()
    submission_time: tuple[str, str] = ("", "")
    author_person: str = ""
    content_types: tuple[AnyOf, ...] = ()


class FolderQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What FindFolders and ITI-66 can ask (IHE ITI TF-2 §3.18.4.1.2.3.7.3); read like `DocumentQuery`."""

    statuses: tuple[Status, ...] = (Status.APPROVED,)
    last_update_time: tuple[str, str] = ("", "")
    codes: tuple[AnyOf, ...] = ()


class EntryFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries a query about what holds them gives: by two codes, and by kind (stable, on demand)."""

    format_codes: tuple[AnyOf, ...] = ()
    confidentiality_codes: tuple[AnyOf, ...] = ()
    stable: bool = True
    on_demand: bool = False

    def keeps(self, entry: DocumentEntry) -> bool:
        """Whether an entry is one of them."""
        if not (self.stable if entry.stable else self.on_demand):
            return False
        return _all(self.format_codes, (entry.format_code,)) and _all(
            self.confidentiality_codes, entry.confidentiality_codes
        )


class ContentsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What GetAll can ask (IHE ITI TF-2 §3.18.4.1.2.3.7.4)."""

    entry_statuses: tuple[Status, ...] = (Status.APPROVED,)
    set_statuses: tuple[Status, ...] = (Status.APPROVED,)
    folder_statuses: tuple[Status, ...] = (Status.APPROVED,)
    only: EntryFilter = EntryFilter()


def set_matches(query: SetQuery, found: SubmissionSet) -> bool:
    """Whether a set meets every condition."""
    return (
        found.status in query.statuses
        and (not query.source_ids or found.source_id in query.source_ids)
        and _within(query.submission_time, found.submission_time)
        and (not query.author_person or any(map(_like(query.author_person), (a.person for a in found.authors))))
        and _all(query.content_types, (found.content_type_code,))
    )


def folder_matches(query: FolderQuery, found: Folder) -> bool:
    """Whether a folder meets every condition; its lastUpdateTime is the one that the actor sees."""
    return (
        found.status in query.statuses
        and _within(query.last_update_time, found.last_update_time)
        and _all(query.codes, found.codes)
    )


class Matcher:
    """The conditions that are not columns, over one entry; `trivial` when there are none."""

    def __init__(self, query: DocumentQuery) -> None:
        self._coded = [
            (groups, read)
            for groups, read in (
                (query.type_codes, lambda e: (e.type_code,)),
                (query.class_codes, lambda e: (e.class_code,)),
                (query.format_codes, lambda e: (e.format_code,)),
                (query.practice_setting_codes, lambda e: (e.practice_setting_code,)),
                (query.healthcare_facility_type_codes, lambda e: (e.healthcare_facility_type_code,)),
                (query.confidentiality_codes, lambda e: e.confidentiality_codes),
                (query.event_codes, lambda e: e.event_codes),
            )
            if groups
        ]
        self._authors = [_like(pattern) for pattern in query.author_persons]
        self._references = set(query.reference_ids)
        self._mime_types = set(query.mime_types)
        self.trivial = not (self._coded or self._authors or self._references or self._mime_types)

    def matches(self, entry: DocumentEntry) -> bool:
        """Whether an entry meets every condition."""
        for groups, read in self._coded:
            if not _all(groups, read(entry)):
                return False
        if self._authors and not any(fits(author.person) for fits in self._authors for author in entry.authors):
            return False
        if self._references and not self._references.intersection(entry.reference_ids):
            return False
        return not self._mime_types or entry.mime_type in self._mime_types


def _all(groups: Iterable[AnyOf], values: Iterable[Code | None]) -> bool:
    """Whether some value fits each group."""
    known = [value for value in values if value is not None]
    return all(any(_same(wanted, value) for wanted in group for value in known) for group in groups)


def _within(bounds: tuple[str, str], time: str) -> bool:
    start, end = map(padded, bounds)
    return start <= padded(time) and (not end or padded(time) < end)


def _same(wanted: Code, value: Code) -> bool:
    return wanted.code == value.code and wanted.scheme in ("", value.scheme)


def _like(pattern: str) -> Callable[[str], bool]:
    """Whether a text fits a SQL LIKE pattern, in time bounded by the product of their lengths.

    As a regular expression, `%a%a%a%a%b` over a long name would take a worker for hours.
    """
    first, *middle = pattern.split("%")
    if not middle:
        return lambda text: len(text) == len(first) and _same_letters(text, 0, first)
    *between, last = middle

    def fits(text: str) -> bool:
        if len(text) < len(first) + len(last) or not _same_letters(text, 0, first):
            return False
        place, end = len(first), len(text) - len(last)
        for part in between:
            # The leftmost place is the best one: it leaves the most to what follows.
            while place + len(part) <= end and not _same_letters(text, place, part):
                place += 1
            place += len(part)
            if place > end:
                return False
        return _same_letters(text, end, last)

    return fits


def _same_letters(text: str, start: int, part: str) -> bool:
    return all(letter in ("_", text[start + number]) for number, letter in enumerate(part))

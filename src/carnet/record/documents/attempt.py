"""One decision on what the record holds now, and the statement that writes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from carnet.kernel import keys, locator
from carnet.kernel.actor import Actor
from carnet.kernel.blobs import Received
from carnet.kernel.errors import Problem, Reason, Refusal
from carnet.record.access import api as access
from carnet.record.documents import contents, context, duties, names, pointing, registration, revision, rows, statement
from carnet.record.documents.context import Context
from carnet.record.documents.problems import invalid
from carnet.record.documents.registration import Registration
from carnet.record.journal import api as journal
from carnet.wire.xds.model import Submission

_DUPLICATE = "IHE ITI TF-3 §4.2.4.1 (XDSDuplicateUniqueIdInRegistry)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provided:
    """An accepted submission, with the ids and values it was registered with."""

    submission: Submission
    warnings: tuple[Problem, ...] = ()
    replay: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """A submission that passed the rules: who sends it where, with what bytes, under a proof about whom."""

    actor: Actor
    domain: str
    domain_number: int
    folded: bool
    submission: Submission
    contents: Mapping[str, Received]
    asserted_patient: str | None
    by_document: bool = False

    def sha1(self, entry_id: str, said: str) -> str:
        """The hash of an entry's bytes: of those that came, else the one that was said."""
        content = self.contents.get(entry_id)
        return said if content is None else content.sha1


class Attempt:
    """A submission on its way into a record that the actor may feed."""

    def __init__(self, sending: Sending, entered: access.Pass) -> None:
        self.sending = sending
        self.entered = entered
        # What the submission relates to must be visible to the sender, or it is answered like an unknown one.
        named = pointing.names_of(sending.submission)
        self._lens = self._reader([entered.record_id])[0][1] if named else None
        self._claimed = False

    def once(self) -> Provided | Refusal | None:
        """The answer, or None when the record moved in between and the decision must be taken again."""
        record_id, submission = self.entered.record_id, self.sending.submission
        pointed_at = None
        if self.sending.by_document and self._lens is not None:
            pointed_at = revision.present(record_id)
            submission = pointing.pointed(record_id, submission, self._lens)
        found = context.read(self.sending.domain_number, record_id, submission, self._lens, folded=self.sending.folded)
        if pointed_at is not None and pointed_at != found.revision:
            # The metadata in force when they were looked up may have changed: it is decided again.
            return None
        if found.earlier is not None:
            return self._again(found.earlier, submission)
        made = registration.prepare(
            record_id=record_id,
            submission=submission,
            contents=self.sending.contents,
            context=found,
            elsewhere=self._elsewhere(found, submission),
            repository=settings.CARNET_REPOSITORY_ID,
            by_law=duties.hidden_by_law(submission, self.sending.domain),
        )
        made.problems += self._used_names(found)
        if made.problems:
            return self._refuse(*made.problems)
        self._claim(made)
        written = statement.register(
            actor=self.sending.actor,
            made=made,
            key=keys.record_key(record_id, found.wrapped_key),
            revision=found.revision,
            rule=self.entered.rule,
            now=self.entered.now,
        )
        return Provided(submission=made.submission, warnings=tuple(made.warnings)) if written else None

    def _reader(self, record_ids: list[int]) -> list[tuple[int, access.Lens | None]]:
        """The lenses of the sender as a reader; a record that refuses to be read shows nothing."""
        passes = access.enter_records(
            actor=self.sending.actor,
            domain=self.sending.domain,
            record_ids=record_ids,
            act=access.Act.READ,
            action=journal.Action.DOCUMENT_PROVIDE,
        )
        lenses = {entered.record_id: entered.lens for entered in passes}
        return [(record_id, lenses.get(record_id)) for record_id in record_ids]

    def _elsewhere(self, found: Context, submission: Submission) -> frozenset[UUID]:
        """Of what associations name and the record does not hold, what the sender sees in other records."""
        named = context.uuids(*context.outside(submission))
        unknown = [value for value in named if value not in found.targets and value not in found.folders]
        if not unknown:
            return frozenset()
        sending = self.sending
        records = names.records(
            sending.actor, sending.domain, [rows.urn(value) for value in unknown], (), (), sending.asserted_patient
        )
        if isinstance(records, Problem):
            return frozenset()
        others = [record_id for record_id in records if record_id != self.entered.record_id]
        seen: set[UUID] = set()
        for record_id, lens in self._reader(others):
            if lens is not None:
                seen.update(context.visible_targets(record_id, unknown, lens))
                seen.update(contents.visible(record_id, lens).folders)
        return frozenset(seen.intersection(unknown))

    def _claim(self, made: Registration) -> None:
        if not self._claimed:
            submission = self.sending.submission
            claimed = [locator.submission(submission.submission_set.unique_id), *made.names]
            claimed += [locator.document(entry.unique_id) for entry in submission.entries]
            locator.claim(self.sending.domain_number, claimed, self.entered.record_id)
            self._claimed = True

    def _again(self, earlier: context.Earlier, pointed: Submission) -> Provided | Refusal:
        """The answer to a set that is there already: a replay of the same one, a refusal of another."""
        submission = self.sending.submission
        sha1s = {entry.entry_uuid: self.sending.sha1(entry.entry_uuid, entry.hash) for entry in submission.entries}
        # What it points at may have had its metadata changed since.
        if not (context.same(submission, earlier, sha1s) or context.same(pointed, earlier, sha1s)):
            return self._refuse(_set_used(submission))
        journal.append(
            actor=self.sending.actor,
            action=journal.Action.DOCUMENT_PROVIDE,
            record_id=self.entered.record_id,
            outcome=journal.Outcome.REPLAYED,
            rule="replay",
            subjects=[value for e in earlier.entries if (value := rows.uuid_of(e.entry_uuid)) is not None],
        )
        return Provided(
            submission=Submission(
                submission_set=earlier.submission_set, entries=earlier.entries, folders=earlier.folders
            ),
            replay=True,
        )

    def _used_names(self, found: Context) -> Iterator[Problem]:
        submission = self.sending.submission
        if found.set_elsewhere:
            yield _set_used(submission)
        for folder in submission.folders:
            if folder.unique_id in found.folder_names:
                yield invalid(
                    "folder-used",
                    "Folder.uniqueId",
                    "Un autre classeur porte déjà cet identifiant unique.",
                    folder.unique_id,
                    "un identifiant neuf par classeur",
                    _DUPLICATE,
                    Reason.DUPLICATE,
                )
        for entry in submission.entries:
            if found.hashes.get(entry.unique_id, set()) - {self.sending.sha1(entry.entry_uuid, entry.hash)}:
                yield invalid(
                    "non-identical-hash",
                    "DocumentEntry.uniqueId",
                    "Un document de même identifiant unique et de contenu différent est déjà enregistré.",
                    entry.unique_id,
                    "un identifiant neuf pour un contenu différent",
                    "IHE ITI TF-3 §4.2.4.1 (XDSNonIdenticalHash)",
                    Reason.NON_IDENTICAL_HASH,
                )

    def _refuse(self, *problems: Problem) -> Refusal:
        return access.refuse(
            *problems,
            actor=self.sending.actor,
            action=journal.Action.DOCUMENT_PROVIDE,
            record_id=self.entered.record_id,
        )


def _set_used(submission: Submission) -> Problem:
    return invalid(
        "submission-set-used",
        "SubmissionSet.uniqueId",
        "Un autre lot porte déjà cet identifiant unique.",
        submission.submission_set.unique_id,
        "un identifiant neuf par lot",
        _DUPLICATE,
        Reason.DUPLICATE,
    )

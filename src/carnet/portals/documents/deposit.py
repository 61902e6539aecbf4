"""Depositing in three pages, the same for professionals and patients: say, read again, done (and undo).

The page carries the record that it was opened for (`draft`), so that a form kept in another tab files nothing in the
wrong record.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from carnet.kernel import blobs, clock
from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Refusal
from carnet.portals.documents import draft, presentation, relations
from carnet.portals.documents.deposit_form import DepositForm, PatientDeposit, ProfessionalDeposit
from carnet.portals.documents.draft import Draft
from carnet.portals.documents.pages import Addresses, only
from carnet.portals.frame import wording
from carnet.portals.frame.errors import refused
from carnet.portals.frame.own_domain import domain_of
from carnet.record.documents import api as documents
from carnet.record.terminology import api as terminology
from carnet.wire.xds.model import DocumentEntry

_SHOWN_IMAGE = 3 * 1024 * 1024
_FORMS = {
    "application/pdf": "PDF",
    "text/plain": "texte",
    "image/jpeg": "photo ou image JPEG",
    "image/png": "image PNG",
    "text/xml": "document CDA",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a deposit happens: whose record, named how, and the templates of this reader's pages."""

    actor: Actor
    record_id: int
    patient_id: str
    addresses: Addresses
    context: dict[str, Any]
    base: str

    @property
    def by_patient(self) -> bool:
        """Whether the person of the record deposits."""
        return self.actor.kind in (ActorKind.PATIENT, ActorKind.DELEGATE)


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of what will be filed."""

    name: str
    value: str


def say(request: HttpRequest, place: Place) -> HttpResponse:
    """The form, then what will be filed, then the deposit; one address, by what the form's button says."""
    step = request.POST.get("etape", "")
    if request.method != "POST":
        return _form(request, place, _make(place, request, kept=False), None, "")
    kept, text = None, request.POST.get("brouillon", "")
    if text:
        try:
            kept = draft.take(text, actor=place.actor, record_id=place.record_id)
        except draft.WrongRecordError:
            return refused(
                request,
                "Ce formulaire a été ouvert pour un autre carnet",
                "Rien n’a été déposé. Ouvrez le carnet voulu, vérifiez le nom en haut de sa page, puis recommencez.",
            )
        except draft.StaleError as stale:
            if stale.document is not None:
                return redirect(place.addresses.of("deposited", stale.document))
            text = ""
    form = _make(place, request, kept=kept is not None)
    form.full_clean()
    sent = form.cleaned_data.get("file") if "file" not in form.errors else None
    if sent is not None:
        kept, text = _look(place, form, sent.read(), sent.name or "", sent.content_type or "")
    if kept is not None and not kept.is_cda:
        form.require_words()
    elif kept is not None:
        _forget_words(form)
    if kept is None or form.errors or step not in ("relire", "deposer"):
        return _form(request, place, form, kept, text)
    if step == "relire" or sent is not None:
        context = place.context | {
            "form": form,
            "facts": _facts(place, form, kept),
            "draft": text,
            "words": form.words(),
            "image": _image(kept),
            "actor": place.actor,
            "addresses": place.addresses,
            "base": place.base,
            "by_patient": place.by_patient,
            "file_name": kept.name,
        }
        return render(request, "documents/deposit_preview.html", context)
    return _deposit(request, place, form, kept, text)


def done(request: HttpRequest, place: Place, uuid: UUID) -> HttpResponse:
    """What was filed, with its undoing: the deletion, while the page is there."""
    domain, patient = domain_of(place.actor), only(place.patient_id)
    found = documents.get(actor=place.actor, domain=domain, entry_uuids=[uuid.urn], asserted_patient=patient)
    if isinstance(found, Refusal) or not found.entries:
        return redirect(place.addresses.listing)
    if request.method == "POST":
        answer = documents.delete(actor=place.actor, domain=domain, entry_uuid=uuid.urn, asserted_patient=patient)
        if isinstance(answer, Refusal):
            return _done(request, place, found.entries[0], refusal=answer)
        return render(
            request,
            "documents/undone.html",
            place.context | {"actor": place.actor, "addresses": place.addresses, "base": place.base},
        )
    return _done(request, place, found.entries[0])


def _done(request: HttpRequest, place: Place, entry: DocumentEntry, refusal: Refusal | None = None) -> HttpResponse:
    context = place.context | {
        "actor": place.actor,
        "line": presentation.line(entry),
        "addresses": place.addresses,
        "base": place.base,
        "refusal": refusal,
        "by_patient": place.by_patient,
        "relations": relations.of(place.actor, domain_of(place.actor), entry),
    }
    return render(request, "documents/deposited.html", context, status=403 if refusal is not None else 200)


def _make(place: Place, request: HttpRequest, *, kept: bool) -> DepositForm:
    of = PatientDeposit if place.by_patient else ProfessionalDeposit
    if request.method != "POST":
        return of(initial={"replaces": request.GET.get("remplace", "")}, kept=kept)
    return of(request.POST, request.FILES, kept=kept)


def _replaced(place: Place, form: DepositForm) -> str:
    """The title of what the deposit takes the place of, "" for nothing or something that the reader does not see."""
    named = form.cleaned_data.get("replaces") if form.is_bound else form.initial.get("replaces")
    uuid = _uuid(str(named or ""))
    if uuid is None:
        return ""
    found = documents.get(
        actor=place.actor,
        domain=domain_of(place.actor),
        entry_uuids=[uuid.urn],
        asserted_patient=only(place.patient_id),
    )
    entries = () if isinstance(found, Refusal) else found.entries
    return "".join(presentation.line(entry).title for entry in entries[:1])


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _look(place: Place, form: DepositForm, data: bytes, name: str, declared: str) -> tuple[Draft | None, str]:
    """The file that came: what is wrong with it is shown beside it, what is right is kept."""
    examined = documents.examine(actor=place.actor, data=data, declared=declared)
    if examined.problem is None and examined.is_cda and place.by_patient:
        form.add_error(
            "file", "Ce fichier est déjà un document de professionnel. Déposez un PDF, un texte ou une image."
        )
        return None, ""
    if examined.problem is not None:
        form.add_error("file", examined.problem.text)
        return None, ""
    kept = Draft(
        name=name[-100:],
        media_type=examined.media_type,
        size=len(data),
        data=data,
        title=examined.title,
        type_code=examined.type_code,
        is_cda=examined.is_cda,
    )
    return kept, draft.keep(kept, actor=place.actor, record_id=place.record_id)


def _forget_words(form: DepositForm) -> None:
    """A CDA says its title, its sort and its date by itself: what was left empty or unclear is no error."""
    for name in ("title", "event_date", "kind", "chosen"):
        form.errors.pop(name, None)


def _deposit(request: HttpRequest, place: Place, form: DepositForm, kept: Draft, text: str) -> HttpResponse:
    if not draft.claim(kept):
        before = draft.deposited_as(kept)
        return redirect(place.addresses.of("deposited", before) if before is not None else place.addresses.listing)
    try:
        answer = _filed(place, form, kept)
    except BaseException:
        draft.release(kept)
        raise
    if isinstance(answer, Refusal):
        draft.release(kept)
        form.show(answer)
        return _form(request, place, form, kept, text)
    (entry,) = answer.submission.entries
    made = presentation.uuid_of(entry)
    draft.became(kept, made)
    return redirect(place.addresses.of("deposited", made))


def _filed(place: Place, form: DepositForm, kept: Draft) -> documents.Provided | Refusal:
    data = form.cleaned_data
    return documents.deposit(
        actor=place.actor,
        domain=domain_of(place.actor),
        patient_id=place.patient_id,
        file=blobs.from_bytes(kept.data, shown=False),
        media_type=kept.media_type,
        title=kept.title if kept.is_cda else data["title"],
        type_code=kept.type_code if kept.is_cda else form.type_code,
        event_date=data.get("event_date") or clock.now().date(),
        comments=data.get("comments", ""),
        replaces=data["replaces"].urn if data.get("replaces") else "",
        masked=data.get("masked", False),
        unannounced=data.get("unannounced", False),
    )


def _form(request: HttpRequest, place: Place, form: DepositForm, kept: Draft | None, text: str) -> HttpResponse:
    if kept is not None:
        form.fields["file"].label = "Un autre fichier (facultatif)"
    context = place.context | {
        "form": form,
        "actor": place.actor,
        "addresses": place.addresses,
        "base": place.base,
        "by_patient": place.by_patient,
        "draft": text if kept is not None else "",
        "kept": kept,
        "replaced": _replaced(place, form),
    }
    return render(request, "documents/deposit.html", context, status=422 if form.errors else 200)


def _facts(place: Place, form: DepositForm, kept: Draft) -> tuple[Fact, ...]:
    """What will be filed, in words."""
    data = form.cleaned_data
    type_code = kept.type_code if kept.is_cda else form.type_code
    category = terminology.class_of_type(type_code)
    words = next((kind.words for kind in form.kinds if kind.code == type_code), "")
    day = data.get("event_date")
    seen = [
        "masqué aux professionnels" if data.get("masked") else "visible par les professionnels autorisés",
        *(["non visible par le patient avant l’annonce"] if data.get("unannounced") else []),
    ]
    author = "Vous" if place.by_patient else ", ".join(filter(None, (place.actor.name, place.actor.structure_name)))
    facts = (
        Fact("Fichier", f"{_FORMS.get(kept.media_type, kept.media_type)}, {wording.size(kept.size)}"),
        Fact("Titre", kept.title if kept.is_cda else data["title"]),
        Fact("Sorte", words or terminology.label("typeCode", type_code) or type_code),
        Fact("Catégorie", category.display if category is not None else ""),
        Fact("Date de l’acte", "celle du document" if kept.is_cda else wording.day(day)),
        Fact("Auteur", "celui du document" if kept.is_cda else author),
        Fact("Remplace", _replaced(place, form)),
        Fact("Commentaire", data.get("comments", "")),
        Fact("Visibilité", ", ".join(seen)),
    )
    return tuple(fact for fact in facts if fact.value)


def _image(kept: Draft) -> str:
    """A small image as an address that holds it; "" for anything else."""
    if not kept.media_type.startswith("image/") or kept.size > _SHOWN_IMAGE:
        return ""
    return presentation.data_address(kept.media_type, kept.data)

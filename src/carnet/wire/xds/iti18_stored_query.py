"""ITI-18 Registry Stored Query (IHE ITI TF-2 §3.18; DMP TD3.1): every query, and the answer to all of them.

Both directions: a registry reads requests and renders answers, a consumer the reverse. Each family of queries has
its module; `FORMS` is the whole list.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from lxml import etree

from carnet.wire.errors import Malformed
from carnet.wire.xds import (
    iti18_associations,
    iti18_documents,
    iti18_folders,
    iti18_sets,
    names,
    registry_response,
    stored_query,
)
from carnet.wire.xds.ebrim_parse import RegistryObjects, read_objects
from carnet.wire.xds.ebrim_render import (
    render_association,
    render_entry,
    render_folder,
    render_reference,
    render_set,
)
from carnet.wire.xds.iti18_associations import (
    GET_ASSOCIATIONS,
    GET_DOCUMENTS_AND_ASSOCIATIONS,
    GET_RELATED_DOCUMENTS,
    GetAssociations,
    GetDocumentsAndAssociations,
    GetRelatedDocuments,
)
from carnet.wire.xds.iti18_documents import (
    FIND_DOCUMENTS,
    FIND_DOCUMENTS_BY_REFERENCE_ID,
    GET_DOCUMENTS,
    FindDocuments,
    GetDocuments,
)
from carnet.wire.xds.iti18_folders import (
    FIND_FOLDERS,
    GET_FOLDER_AND_CONTENTS,
    GET_FOLDERS,
    GET_FOLDERS_FOR_DOCUMENT,
    FindFolders,
    GetFolderAndContents,
    GetFolders,
    GetFoldersForDocument,
)
from carnet.wire.xds.iti18_sets import (
    FIND_SUBMISSION_SETS,
    GET_ALL,
    GET_SUBMISSION_SET_AND_CONTENTS,
    GET_SUBMISSION_SETS,
    Contents,
    FindSubmissionSets,
    GetAll,
    GetSubmissionSetAndContents,
    GetSubmissionSets,
)
from carnet.wire.xds.model import Association, DocumentEntry, Folder, SubmissionSet
from carnet.wire.xds.registry_response import RegistryError
from carnet.wire.xds.stored_query import LEAF_CLASS, OBJECT_REF, SOURCE, CodeFilter, StoredQuery

__all__ = [
    "ACTION",
    "FIND_DOCUMENTS",
    "FIND_DOCUMENTS_BY_REFERENCE_ID",
    "FIND_FOLDERS",
    "FIND_SUBMISSION_SETS",
    "FORMS",
    "GET_ALL",
    "GET_ASSOCIATIONS",
    "GET_DOCUMENTS",
    "GET_DOCUMENTS_AND_ASSOCIATIONS",
    "GET_FOLDERS",
    "GET_FOLDERS_FOR_DOCUMENT",
    "GET_FOLDER_AND_CONTENTS",
    "GET_RELATED_DOCUMENTS",
    "GET_SUBMISSION_SETS",
    "GET_SUBMISSION_SET_AND_CONTENTS",
    "LEAF_CLASS",
    "OBJECT_REF",
    "RESPONSE_ACTION",
    "CodeFilter",
    "Contents",
    "FindDocuments",
    "FindFolders",
    "FindSubmissionSets",
    "GetAll",
    "GetAssociations",
    "GetDocuments",
    "GetDocumentsAndAssociations",
    "GetFolderAndContents",
    "GetFolders",
    "GetFoldersForDocument",
    "GetRelatedDocuments",
    "GetSubmissionSetAndContents",
    "GetSubmissionSets",
    "QueryResponse",
    "StoredQuery",
    "read_request",
    "read_response",
    "render_failure",
    "render_request",
    "render_response",
]

ACTION = "urn:ihe:iti:2007:RegistryStoredQuery"
RESPONSE_ACTION = "urn:ihe:iti:2007:RegistryStoredQueryResponse"

FORMS = {
    form.id: form
    for forms in (iti18_documents.FORMS, iti18_sets.FORMS, iti18_folders.FORMS, iti18_associations.FORMS)
    for form in forms
}
_FORM_OF = {form.kind: form for form in reversed(FORMS.values())}


class QueryResponse(msgspec.Struct, frozen=True):
    """An answer as a consumer reads it."""

    status: str
    errors: tuple[RegistryError, ...]
    objects: RegistryObjects


def read_request(request: etree._Element) -> StoredQuery:
    """A query:AdhocQueryRequest.

    Raises Malformed: `query-request`, `query-unknown`, `query-return-type`, `query-parameter-missing`,
    `query-parameter-unknown`, `query-parameter-number`, `query-parameter-and`, `query-value`.
    """
    query = request.find(f"{{{names.RIM}}}AdhocQuery")
    if request.tag != f"{{{names.QUERY}}}AdhocQueryRequest" or query is None:
        raise Malformed(
            "query-request",
            "Le corps du message n'est pas une requête AdhocQueryRequest avec un AdhocQuery.",
            field="Body",
            found=str(request.tag)[:200],
            expected="query:AdhocQueryRequest",
            source=SOURCE,
        )
    option = request.find(f"{{{names.QUERY}}}ResponseOption")
    return_type = LEAF_CLASS if option is None else option.get("returnType", LEAF_CLASS)
    if return_type not in (LEAF_CLASS, OBJECT_REF):
        raise Malformed(
            "query-return-type",
            "Ce type de réponse n'est pas servi.",
            field="ResponseOption/@returnType",
            found=return_type[:60],
            expected="LeafClass ou ObjectRef",
            source="IHE ITI TF-2 §3.18.4.1.2.4",
        )
    query_id = query.get("id", "")
    form = FORMS.get(query_id)
    if form is None:
        raise Malformed(
            "query-unknown",
            "Cette requête enregistrée n'est pas servie.",
            field="AdhocQuery/@id",
            found=query_id[:60],
            expected=", ".join(form.name for form in FORMS.values()),
            source="IHE ITI TF-2 §3.18.4.1.2.3.7",
        )
    return form.read_checked(stored_query.read_parameters(query), return_type)


def render_request(query: StoredQuery) -> str:
    """The query:AdhocQueryRequest of a consumer."""
    form = _FORM_OF[type(query)]
    if isinstance(query, FindDocuments) and query.reference_ids:
        form = FORMS[FIND_DOCUMENTS_BY_REFERENCE_ID]
    return stored_query.render(form.id, form.written(query), single=form.single, return_type=query.return_type)


def render_response(
    entries: Iterable[DocumentEntry] = (),
    *,
    sets: Iterable[SubmissionSet] = (),
    folders: Iterable[Folder] = (),
    associations: Iterable[Association] = (),
    return_type: str = LEAF_CLASS,
) -> str:
    """A successful query:AdhocQueryResponse: sets, folders, entries, associations, or their references."""
    if return_type == OBJECT_REF:
        objects = [
            render_reference(found.entry_uuid, found.home_community_id)
            for several in (sets, folders, entries)
            for found in several
        ]
        objects += [render_reference(association.entry_uuid) for association in associations]
    else:
        objects = [render_set(found) for found in sets]
        objects += [render_folder(found) for found in folders]
        objects += [render_entry(found) for found in entries]
        objects += [render_association(found) for found in associations]
    return _response(names.STATUS_SUCCESS, "", "".join(objects))


def render_failure(errors: tuple[RegistryError, ...]) -> str:
    """A failed query:AdhocQueryResponse."""
    return _response(names.STATUS_FAILURE, registry_response.render_errors(errors), "")


def _response(status: str, errors: str, objects: str) -> str:
    return (
        f'<q:AdhocQueryResponse xmlns:q="{names.QUERY}" xmlns:rs="{names.RS}" status="{status}">{errors}'
        f'<RegistryObjectList xmlns="{names.RIM}">{objects}</RegistryObjectList></q:AdhocQueryResponse>'
    )


def read_response(response: etree._Element) -> QueryResponse:
    """A query:AdhocQueryResponse. Raises Malformed (`query-response`, `ebrim-…`)."""
    if response.tag != f"{{{names.QUERY}}}AdhocQueryResponse":
        raise Malformed(
            "query-response", "La réponse n'est pas un AdhocQueryResponse.", field="Body", found=str(response.tag)[:200]
        )
    answer = registry_response.read(response)
    objects = response.find(f"{{{names.RIM}}}RegistryObjectList")
    found = RegistryObjects() if objects is None else read_objects(objects)
    return QueryResponse(answer.status, answer.errors, found)

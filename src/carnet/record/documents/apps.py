"""The Django application of documents, under the label `documents`."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    """Holds submissions, entries, associations and the objects' bytes."""

    name = "carnet.record.documents"
    label = "documents"

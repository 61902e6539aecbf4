"""The Django application of identity, under the label `identity`."""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """Holds the records' heads and their identifiers."""

    name = "carnet.record.identity"
    label = "identity"

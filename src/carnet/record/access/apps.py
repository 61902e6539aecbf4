"""The Django application of access, under the label `access`."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Holds consents and authorisations."""

    name = "carnet.record.access"
    label = "access"

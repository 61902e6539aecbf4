"""The Django application of the journal, under the label `journal`."""

from django.apps import AppConfig


class JournalConfig(AppConfig):
    """Holds the partitioned table of traces."""

    name = "carnet.record.journal"
    label = "journal"

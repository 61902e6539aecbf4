"""The Django application of the directory, under the label `directory`."""

from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    """Holds structures, professionals, their activities and the portals' accounts."""

    name = "carnet.record.directory"
    label = "directory"

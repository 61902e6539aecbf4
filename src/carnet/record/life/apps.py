"""The Django application of life, under the label `life`."""

from django.apps import AppConfig


class LifeConfig(AppConfig):
    """Holds oppositions, suspensions and requests of erasure."""

    name = "carnet.record.life"
    label = "life"

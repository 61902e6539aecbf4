"""The Django application of the testbed, under the label `testbed`: in a demonstration only."""

from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


class TestbedConfig(AppConfig):
    """Holds the exchanges kept; stops a production copy that was given it."""

    name = "carnet.exchange.testbed"
    label = "testbed"

    def ready(self) -> None:
        """Raises ImproperlyConfigured outside a demonstration."""
        if settings.CARNET_MODE != "demo":
            raise ImproperlyConfigured(
                "carnet.exchange.testbed keeps what machines say, patients included: it is for demonstrations, whose "
                "people are fictional. Take it out of INSTALLED_APPS, or set CARNET_MODE=demo."
            )

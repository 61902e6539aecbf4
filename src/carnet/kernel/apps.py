"""The Django application of the kernel: its tables, under the label `kernel`."""

from django.apps import AppConfig
from django.core.signals import request_started


class KernelConfig(AppConfig):
    """Holds the locator, the outbox and the wrapped record keys."""

    name = "carnet.kernel"
    label = "kernel"

    def ready(self) -> None:
        """Each request begins with a connection that lives, or with none."""
        from carnet.kernel.database import forget_dead_connection

        request_started.connect(forget_dead_connection)

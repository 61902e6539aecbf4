"""The Django application of the kernel: its tables, under the label `kernel`."""

from django.apps import AppConfig


class KernelConfig(AppConfig):
    """Holds the locator, the outbox and the wrapped record keys."""

    name = "carnet.kernel"
    label = "kernel"

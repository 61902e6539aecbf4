"""The Django application of the people's entrance: its tables, under the label `frame`."""

from django.apps import AppConfig


class FrameConfig(AppConfig):
    """Holds codes sent by mail, open sessions and trusted devices."""

    name = "carnet.portals.frame"
    label = "frame"

    def ready(self) -> None:
        """Sign-ins have their lines in the log."""
        from carnet.portals.frame import sign_in_log

        sign_in_log.listen()

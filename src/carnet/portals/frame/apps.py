"""The Django application of the people's entrance: its tables, under the label `frame`."""

from django.apps import AppConfig


class FrameConfig(AppConfig):
    """Holds codes sent by mail, open sessions and trusted devices."""

    name = "carnet.portals.frame"
    label = "frame"

    def ready(self) -> None:
        """Whoever signs in or out has a line in the log, and a trace in the journal."""
        from django.contrib.auth.signals import user_logged_in, user_logged_out

        from carnet.portals.frame import sign_in_log, sign_in_traces

        sign_in_log.listen()
        user_logged_in.connect(sign_in_traces.came_in, dispatch_uid="carnet.sign-in-trace")
        user_logged_out.connect(sign_in_traces.went, dispatch_uid="carnet.sign-out-trace")

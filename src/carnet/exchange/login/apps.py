"""The Django application of the machines' login, under the label `login`: what proofs it has seen."""

from django.apps import AppConfig


class LoginConfig(AppConfig):
    """Holds the uses of assertions."""

    name = "carnet.exchange.login"
    label = "login"

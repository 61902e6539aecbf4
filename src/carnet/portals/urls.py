"""Every address of the people's entrances. No address holds an identifier of a person."""

from __future__ import annotations

from django.urls import include, path, register_converter

from carnet.portals.frame import assets, first_entry, login
from carnet.portals.frame.addresses import ProviderConverter, RecordConverter
from carnet.portals.frame.oidc import activity, backchannel, entry, linking

register_converter(RecordConverter, "record")
register_converter(ProviderConverter, "provider")

urlpatterns = [
    path("", include("carnet.portals.public.urls")),
    path("pro/", include("carnet.portals.professional.urls")),
    path("patient/", include("carnet.portals.patient.urls")),
    path("admission/", include("carnet.portals.administration.urls")),
    path("compte/connexion/", login.SignIn.as_view(), name="account_login"),
    path("compte/code/", login.SecondStep.as_view(), name="mfa_authenticate"),
    path("compte/activite/", activity.activity, name="activity"),
    path("compte/lien/", linking.link, name="oidc_link"),
    path("compte/<provider:name>/", entry.start, name="oidc_start"),
    path("compte/<provider:name>/retour/", entry.answer, name="oidc_answer"),
    path("compte/<provider:name>/deconnexion/", backchannel.logout, name="oidc_logout"),
    path("compte/deconnexion/", login.SignOut.as_view(), name="account_logout"),
    path("compte/portail/", login.entrance, name="entrance"),
    path("compte/veille/", login.expired, name="session_expired"),
    path("compte/active/", login.alive, name="session_alive"),
    path("premiere-connexion/", first_entry.sheet, name="first_entry"),
    path("premiere-connexion/mot-de-passe/", first_entry.password, name="first_entry_password"),
    path("premiere-connexion/confirmation/", first_entry.factor, name="first_entry_factor"),
    path("actifs/<str:digest>/<str:name>", assets.serve, name="asset"),
]

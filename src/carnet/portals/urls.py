"""Every address of the people's entrances. No address holds an identifier of a person."""

from __future__ import annotations

from django.urls import include, path, register_converter

from carnet.portals.frame import (
    address,
    assets,
    card,
    caregiver_entry,
    confirm,
    first_entry,
    login,
    passkey_pages,
    recovery,
    second_step,
    security,
)
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
    path("compte/cle/", passkey_pages.sign_in, name="passkey_sign_in"),
    path("compte/code/", second_step.second_step, name="mfa_authenticate"),
    path("compte/confirmer/", confirm.confirm, name="confirm_identity"),
    path("compte/securite/", security.overview, name="security"),
    path("compte/securite/application/", security.application, name="application"),
    path("compte/securite/codes/", security.recovery_codes, name="recovery_codes"),
    path("compte/securite/mot-de-passe/", security.password, name="password"),
    path("compte/securite/cle/", passkey_pages.add, name="passkey_add"),
    path("compte/securite/cle/<int:number>/", passkey_pages.change, name="passkey_change"),
    path("compte/securite/adresse/", address.address, name="address"),
    path("compte/securite/adresse/code/", address.code, name="address_code"),
    path("compte/securite/code-par-messagerie/", address.by_mail, name="by_mail"),
    path("compte/securite/sessions/", security.end_session, name="end_session"),
    path("compte/securite/appareils/", security.distrust, name="distrust"),
    path("compte/carte/", card.sign_in, name="card"),
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
    path("premiere-connexion/proche/", caregiver_entry.invitation, name="caregiver_entry"),
    path("acces-perdu/", recovery.ask, name="recovery"),
    path("acces-perdu/codes/", recovery.proofs, name="recovery_proofs"),
    path("acces-perdu/mot-de-passe/", recovery.password, name="recovery_password"),
    path("acces-perdu/fait/", recovery.done, name="recovery_done"),
    path("actifs/<str:digest>/<str:name>", assets.serve, name="asset"),
]

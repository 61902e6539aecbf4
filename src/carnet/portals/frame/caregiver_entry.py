"""First entry of somebody who helps and has no record here: the code that the person gave opens an account.

The code is spent with the last step, which `first_entry` shares: until then nothing is kept but in the session, and of
the code what stands for it.
"""

from __future__ import annotations

from django import forms
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from carnet.kernel.errors import Refusal
from carnet.portals.frame import first_entry, limits
from carnet.portals.frame.methods import SENDING, page
from carnet.record.access import api as access
from carnet.record.directory import api as directory


class CaregiverForm(forms.Form):  # type: ignore[misc]
    """The code that the person gave, and the name under which they see who helps them."""

    code = forms.CharField(
        label="Code reçu",
        help_text="12 lettres et chiffres, avec ou sans les tirets.",
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": "Recopiez le code que la personne vous a donné."},
    )
    name = forms.CharField(
        label="Vos prénom et nom",
        help_text="La personne que vous aidez les verra à côté de chacune de vos consultations.",
        min_length=2,
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={
            "required": "Écrivez vos prénom et nom.",
            "min_length": "Écrivez vos prénom et nom en toutes lettres.",
        },
    )

    def clean_name(self) -> str:
        """A name that can be printed, spaces alike."""
        name = " ".join(str(self.cleaned_data["name"]).split())
        if not name.isprintable():
            raise forms.ValidationError("Un des caractères de ce nom ne peut pas être affiché.")
        return name


@page(*SENDING)
def invitation(request: HttpRequest) -> HttpResponse:
    """Step 1: the code and a name; a login is drawn."""
    form = CaregiverForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return render(request, "frame/caregiver_entry.html", {"form": form})
    status = 422
    if form.is_valid():
        attempt = limits.attempt(request, "invitation", form.cleaned_data["code"])
        if attempt is None:
            form.add_error(None, limits.TOO_MANY_ATTEMPTS)
            status = 429
        else:
            known = access.known_invitation(actor=access.NOBODY, code=form.cleaned_data["code"])
            if not isinstance(known, Refusal):
                attempt.was_right()
                logout(request)
                login = directory.draw_login(actor=access.NOBODY)
                first_entry.begin(request, login, caregiver=(known, form.cleaned_data["name"]))
                return redirect("first_entry_password")
            form.add_error("code", known.problems[0].text)
    return render(request, "frame/caregiver_entry.html", {"form": form}, status=status)

"""Sessions end in sight: after a time without activity, and in any case at the end of a working day.

Each page of a signed-in person also leaves by itself when the time is over (`frame/base.html`), with or
without JavaScript, so that nothing stays on an abandoned screen.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from carnet.kernel import clock
from carnet.portals.frame import devices
from carnet.portals.frame.sign_in_traces import OVER

_SEEN = "carnet_seen"
_SINCE = "carnet_since"
# What a browser forgets of a session that ended: its pages, the ones that going back shows included.
CLEARED = '"cache", "storage"'
_STEP = 30  # seconds between two writes of the last activity


class SessionExpiry:
    """Middleware: ends idle sessions and tells pages how long they have left."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
            return self.get_response(request)
        present = int(clock.now().timestamp())
        since = request.session.setdefault(_SINCE, present)
        seen = request.session.setdefault(_SEEN, present)
        over = present - seen > settings.CARNET_SESSION_IDLE or present - since > settings.CARNET_SESSION_LONGEST
        ending_page = reverse("session_expired")
        if over:
            request.session[OVER] = True
            logout(request)
            if request.path == ending_page:
                answer = self.get_response(request)
            else:
                query = urlencode({"suite": request.get_full_path()}) if request.method == "GET" else ""
                answer = redirect(f"{ending_page}?{query}" if query else ending_page)
            answer.headers["Clear-Site-Data"] = CLEARED
            return answer
        if request.path != ending_page and (present - seen >= _STEP or not devices.is_noted(request)):
            request.session[_SEEN] = present
            devices.note_session(request)
        return self.get_response(request)

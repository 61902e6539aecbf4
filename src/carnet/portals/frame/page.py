"""What the layout needs besides what a view gives it; nothing here reads the database."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

_LATER = 5  # seconds: the browser leaves an idle page just after the server has ended the session


def context(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the request, whether this is a demonstration, and how long an idle session lives."""
    return {
        "request": request,
        "demo": settings.CARNET_MODE == "demo",
        "idle_minutes": settings.CARNET_SESSION_IDLE // 60,
        "idle_seconds": settings.CARNET_SESSION_IDLE,
        "idle_leave": settings.CARNET_SESSION_IDLE + _LATER,
    }

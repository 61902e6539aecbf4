"""Addresses for everybody."""

from __future__ import annotations

from django.urls import path

from carnet.portals.public import views

urlpatterns = [
    path("", views.home, name="home"),
    path("demonstration/", views.demonstration, name="demonstration"),
    path("demonstration/courrier/", views.mailbox, name="mailbox"),
]

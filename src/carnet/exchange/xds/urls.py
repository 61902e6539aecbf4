"""Addresses of the XDS.b services; mounted once for the default domain and once under each domain's name."""

from django.urls import path

from carnet.exchange.xds import views

urlpatterns = [
    path("xds/registry", views.registry),
    path("xds/repository", views.repository),
]

"""Arrows in the database go down like imports. A ForeignKey written as a string is invisible to import analysis."""

from __future__ import annotations

from collections.abc import Iterable

from django.apps import apps
from django.db import models
from django.test.utils import isolate_apps


def place(model: type[models.Model], ranks: dict[str, int]) -> tuple[str, int] | None:
    """The capability (or room) of a model and its height; None for a model that is not ours."""
    parts = model.__module__.split(".")
    if parts[0] != "carnet":
        return None
    capability = ".".join(parts[:3])
    room = ".".join(parts[:2])
    return capability, ranks.get(capability, ranks[room])


def wrong_arrows(found: Iterable[type[models.Model]], ranks: dict[str, int]) -> list[str]:
    """Every relation that points up, sideways, or anywhere at all (generic)."""
    wrong = []
    for model in found:
        source = place(model, ranks)
        if source is None:
            continue
        for field in model._meta.private_fields:
            if type(field).__name__ == "GenericForeignKey":
                wrong.append(f"{model.__module__}.{model.__name__}.{field.name} is generic: it may point anywhere")
        for field in model._meta.get_fields():
            if field.auto_created or not field.is_relation or field.related_model is None:
                continue
            target = place(field.related_model, ranks)
            if target is not None and target[0] != source[0] and target[1] >= source[1]:
                wrong.append(f"{source[0]}: {model.__name__}.{field.name} points to {target[0]}")
    return wrong


def test_foreign_keys_follow_the_floors(house) -> None:
    wrong = wrong_arrows(apps.get_models(include_auto_created=True), house.ranks())
    assert not wrong, (
        "A table refers only to tables of rooms below its own (see .importlinter); upwards, keep a plain id "
        "or publish an event.\n" + "\n".join(wrong)
    )


@isolate_apps("django.contrib.contenttypes")
def test_a_foreign_key_that_points_up_is_reported(house) -> None:
    from django.contrib.contenttypes.fields import GenericForeignKey

    class Person(models.Model):
        class Meta:
            app_label = "contenttypes"

        __module__ = "carnet.record.identity.models"

    class Paper(models.Model):
        class Meta:
            app_label = "contenttypes"

        __module__ = "carnet.record.documents.models"
        person = models.ForeignKey("contenttypes.Person", on_delete=models.CASCADE)

    class Favourite(models.Model):
        class Meta:
            app_label = "contenttypes"

        __module__ = "carnet.record.identity.models"
        paper = models.ForeignKey("contenttypes.Paper", on_delete=models.CASCADE)

    class Note(models.Model):
        class Meta:
            app_label = "contenttypes"

        __module__ = "carnet.portals.models"
        about = GenericForeignKey()

    assert wrong_arrows([Person, Paper], house.ranks()) == []
    assert len(wrong_arrows([Favourite], house.ranks())) == 1
    assert len(wrong_arrows([Note], house.ranks())) == 1

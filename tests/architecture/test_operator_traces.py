"""Every command that an operator types leaves a trace, or is listed with the reason why it leaves none."""

from __future__ import annotations

import argparse
from importlib import import_module

from carnet.ops import traces
from carnet.ops.command import COMMANDS


def typed() -> list[str]:
    """Each command with each of its actions, as an operator types them."""
    found = []
    for command in COMMANDS:
        parser = argparse.ArgumentParser()
        import_module(f"carnet.ops.{command.module}").add_arguments(parser)
        actions = [one for one in parser._actions if isinstance(one, argparse._SubParsersAction)]
        names = [name for one in actions for name in one.choices]
        found += [f"{command.name} {name}" for name in names] or [command.name]
    return found


def unaccounted(names: list[str]) -> list[str]:
    """Commands that leave no trace and have no reason."""
    return [name for name in names if not traces.is_traced(name) and not _reason(name)]


def _reason(name: str) -> str:
    return traces.UNTRACED.get(name) or traces.UNTRACED.get(name.split()[0], "")


def test_every_command_has_its_trace_or_its_reason() -> None:
    names = typed()
    assert not unaccounted(names)
    traced = {name for name in names if traces.is_traced(name)}
    assert {"keys add", "keys rotate", "keys retire", "trust add", "trust remove", "backup", "restore"} <= traced
    assert {"codes import", "client add", "client remove", "db upgrade", "prepare", "demo advance"} <= traced
    known = {*names, *(name.split()[0] for name in names)}
    assert traces.UNTRACED.keys() <= known, "a reason without its command"
    assert (traces.TOLD.keys() | traces.AFTERWARDS) <= traced


def test_what_is_told_is_an_argument() -> None:
    for command in COMMANDS:
        for name, told in traces.TOLD.items():
            if name.split()[0] != command.name:
                continue
            parser = argparse.ArgumentParser()
            import_module(f"carnet.ops.{command.module}").add_arguments(parser)
            subs = [one for one in parser._actions if isinstance(one, argparse._SubParsersAction)]
            here = subs[0].choices[name.split()[1]] if " " in name else parser
            assert set(told) <= {one.dest for one in here._actions}, name


def test_a_command_without_reason_is_reported() -> None:
    assert unaccounted(["record create", "keys list", "backup"]) == []
    assert traces.is_traced("something else")

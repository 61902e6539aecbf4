"""The table of a bench: ratios first, quartiles and absolute figures beside them."""

from __future__ import annotations

import argparse
import os
import platform
from dataclasses import dataclass, field
from statistics import median, quantiles


@dataclass(slots=True)
class Result:
    """One scenario: rates of each slice of both sides, latencies of ours, failed requests, the budget as a share."""

    name: str
    budget: float
    ours: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    failures: int = 0
    sample: str = ""

    @property
    def ratios(self) -> list[float]:
        """Ours to the floor's, slice by slice: both of a pair ran within the same twenty seconds."""
        return [ours / floor for ours, floor in zip(self.ours, self.floor, strict=True)]


def _spread(values: list[float], form: str) -> str:
    low, middle, high = quantiles(values, n=4) if len(values) > 1 else [values[0]] * 3
    return f"{format(middle, form)} ({format(low, form)} – {format(high, form)})"


def table(results: list[Result], arguments: argparse.Namespace) -> str:
    """The results as a Markdown table, median (quartiles)."""
    conditions = (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores for database, Carnet and load together; "
        f"Python {platform.python_version()}; {arguments.clients} clients; "
        f"{arguments.slices} alternating slices of {arguments.seconds:g} s a side; median (quartiles)."
    )
    lines = [
        conditions,
        "",
        "| scenario | ours / floor | budget | ours, requests/s | floor, transactions/s | ours, p50 / p95 ms | failed |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for result in results:
        ratios = result.ratios
        ordered = sorted(result.latencies)
        tail = ordered[int(len(ordered) * 0.95)] if ordered else 0.0
        verdict = "kept" if median(ratios) >= result.budget else "missed"
        cells = (
            result.name,
            _spread(ratios, ".0%"),
            f"≥ {result.budget:.0%}: {verdict}",
            _spread(result.ours, ".0f"),
            _spread(result.floor, ".0f"),
            f"{median(ordered or [0]):.1f} / {tail:.1f}",
            str(result.failures),
        )
        lines.append(f"| {' | '.join(cells)} |")
    lines += [f"\nfirst failed answer of {result.name}:\n{result.sample}" for result in results if result.sample]
    return "\n".join(lines)

"""Carnet: the French shared health record and the regional e-health services around it."""

__version__ = "0.1.0"

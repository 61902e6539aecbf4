"""Terminology: affinity domains and the dated code lists that their records use."""

"""The demonstration region: fictional people, structures, certificates and records."""

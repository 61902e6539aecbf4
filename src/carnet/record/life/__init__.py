"""Life: what becomes of a whole record, from its creation nobody asked for to its erasure."""

"""Directory: professionals, structures and accounts, and how a proof of identity becomes an actor."""

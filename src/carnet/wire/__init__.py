"""What travels: bytes to typed values and back. No Django, no database, no clock, no socket."""

"""Access: the one decision on who may see and do what, and the record's opening and authorisations."""

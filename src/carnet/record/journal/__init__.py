"""The journal: who did what, to which record, by which proof, under which rule."""

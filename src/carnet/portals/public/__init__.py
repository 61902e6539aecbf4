"""Pages for everybody: the home page and, in demo mode, the demonstration's people."""

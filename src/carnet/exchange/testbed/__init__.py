"""Why refused: machine exchanges of a demonstration, kept and shown to who writes software (README.md)."""

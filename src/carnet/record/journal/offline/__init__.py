"""What a person takes home: a verifier in one file, which needs Python and nothing else."""

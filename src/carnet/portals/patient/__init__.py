"""The patient's entrance: documents, who looked, identity."""

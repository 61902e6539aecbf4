"""The FHIR doors: ITI-65, ITI-67, ITI-68, reading a DocumentReference, and what is served."""

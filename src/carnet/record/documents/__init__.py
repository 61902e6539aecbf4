"""Documents: the registry and the repository behind every face (XDS.b, FHIR, pages)."""

"""XDS.b: metadata (ebRIM 3.0) and transactions ITI-18, ITI-41, ITI-43 (IHE ITI TF-2, TF-3 §4)."""

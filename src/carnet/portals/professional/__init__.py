"""The professional's entrance: find a patient, declare an authorisation, list and read."""

"""The network client of the platform's doors: mutual TLS, signed VIHF, IHE transactions by SOAP and FHIR.

It knows the wire and nothing of the server, as a stranger's software would.
"""

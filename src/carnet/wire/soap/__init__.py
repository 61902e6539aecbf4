"""SOAP 1.2 envelopes with WS-Addressing and a SAML assertion; faults that explain (IHE ITI TF-2 Appendix V)."""

from carnet.wire.soap.envelope import MEDIA_TYPE, Envelope, parse, render
from carnet.wire.soap.fault import Detail, Fault, fault_of, read_fault, render_fault

__all__ = [
    "MEDIA_TYPE",
    "Detail",
    "Envelope",
    "Fault",
    "fault_of",
    "parse",
    "read_fault",
    "render",
    "render_fault",
]

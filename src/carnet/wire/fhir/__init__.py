"""FHIR R4 document sharing (IHE MHD 4.2, ANS PDSm 3.1): JSON bytes to values of `wire.xds.model` and back."""

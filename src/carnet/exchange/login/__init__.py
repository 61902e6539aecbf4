"""From a client certificate, and for SOAP a signed VIHF, to an `Actor` or a reasoned no."""

"""The VIHF, the signed SAML 2.0 assertion of every SOAP call: what it says, how it is signed, when it is believed."""

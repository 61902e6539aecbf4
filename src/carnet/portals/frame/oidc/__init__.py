"""Signing in by an identity provider (OpenID Connect): the browser's way there and back, and the end of the session."""

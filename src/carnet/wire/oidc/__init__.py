"""Tokens of OAuth 2 and OpenID Connect: who said what about whom, signed; software's assertions and scopes."""

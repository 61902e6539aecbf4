"""The demonstration's identity providers: fictional people say who they are, in place of the real services.

A process of its own, on a Unix socket behind the proxy, with no database: its memory ends with it. Two realms, each an
OpenID provider: `demo-psc` speaks of professionals as Pro Santé Connect does, `demo-franceconnect` of patients as
FranceConnect does. The protocol is Authlib's (server parts), so that the client of the portals meets another hand's
reading of the standards.
"""

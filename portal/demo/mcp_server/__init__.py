"""Sentiment: a demonstration MCP server that a Portico tenant protects.

A door of the house: it speaks to the portal over HTTP like anybody's MCP server, and borrows only the scope matcher.
Standards: RFC 6750 (bearer tokens), RFC 7662 (introspection), RFC 9068 (JWT access tokens), RFC 9728 (protected
resource metadata), MCP authorization 2026-07-28. Start it with `python -m portal.demo.mcp_server`.
"""

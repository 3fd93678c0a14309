"""What is protected: a tenant's resource servers (its MCP servers) and the catalog of their scopes.

Floor: beside clients and keys; above audit and users. Standards: RFC 8707 (resource indicators), RFC 6749 §3.3 (scope),
RFC 9728 (protected resource metadata). The scope grammar and the indicator rules are pure, so that everyone who must
agree on them asks the same function.
"""

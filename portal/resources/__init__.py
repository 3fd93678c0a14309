"""ResourceServer (an MCP server) and its Scope catalog; `scopes` is the one grammar and matcher, `indicate` RFC 8707."""

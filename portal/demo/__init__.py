"""The demo tenants, and a real protected resource: the financial sentiment MCP server."""

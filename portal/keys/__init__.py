"""SigningKey: a tenant's private keys, encrypted at rest. Verbs: sign · publish · rotate. RFC 7517, RFC 7518, RFC 9068."""

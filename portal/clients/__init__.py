"""Client: a program that asks for access. Verbs: register · learn (what a document at its URL says) · resolve · authenticate.

RFC 6749 §2, RFC 7591, RFC 8252, Client ID Metadata Document. Self-registered clients get no more than the tenant lets programs have that nobody
approved. Secrets are ours (256 bits), so a keyed digest is enough and cheap.
"""

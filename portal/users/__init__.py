"""User: a person in one tenant's pool, with a role there; allauth signs them in.

A person at two tenants has two accounts, so that one tenant's identity provider can never assert its way into another.
"""

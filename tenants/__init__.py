"""Ground floor: Tenant, its mount, the current tenant and the row security that walls tenants off. Imports nothing of portal.

PostgreSQL row-level security is the wall: every tenant-owned table has forced policies on the transaction-local
setting `app.tenant`. Managers filter again (the door). No tenant set: no rows.
"""

"""Removing what is over: batches with a budget, oldest first, that step around rows in use."""

from django.db import connection

from tenants.current import current_tenant, transaction_of

BATCH = 1_000
# Tombstones stay until their family's absolute end, and a day more for a client whose clock is slow.
KEPT = "interval '1 day'"

# By table: the column that says when a row is over, and which rows may go. A family takes its refresh tokens and its
# code along (ON DELETE CASCADE).
SPENT = {
    "grants_authorizationcode": ("expires_at", f"expires_at < now() - {KEPT} AND family_id IS NULL"),
    "grants_tokenfamily": ("expires_at", f"expires_at < now() - {KEPT}"),
    "grants_deniedtoken": ("expires_at", "expires_at < now()"),
    "django_session": ("expire_date", "expire_date < now()"),
    "users_attempt": ("expires", "expires < now()"),
    "tenants_counter": ("expires", "expires < now()"),
}


def remove_expired(*, batches: int = 50) -> dict[str, int]:
    """Remove the current tenant's expired rows: at most `batches` of BATCH rows from each table, each its own
    transaction, so a kill loses at most one. Returns how many rows went, by table."""
    tenant = current_tenant()
    removed = dict.fromkeys(SPENT, 0)
    for table, (column, condition) in SPENT.items():
        for _ in range(batches):
            with transaction_of(tenant), connection.cursor() as cursor:
                cursor.execute(
                    f"DELETE FROM {table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {table} WHERE {condition} "
                    f"ORDER BY {column} LIMIT %s FOR UPDATE SKIP LOCKED))",
                    [BATCH],
                )
                removed[table] += cursor.rowcount
                if cursor.rowcount < BATCH:
                    break
    return removed

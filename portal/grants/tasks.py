"""What the beat runs."""

import logging

from celery import shared_task

from portal.grants.expire import remove_expired
from tenants.current import acting_as
from tenants.tasks import every_tenant

log = logging.getLogger(__name__)


@shared_task(name="grants.remove_expired")
def remove_expired_everywhere() -> dict[str, dict[str, int]]:
    """Visit the tenants one by one. Running it twice, or again after a kill, does no harm."""
    removed = {}
    for tenant in every_tenant():
        with acting_as(tenant):
            rows = {table: count for table, count in remove_expired().items() if count}
        if rows:
            removed[tenant.slug] = rows
            log.info("Removed expired rows of %s: %s", tenant.slug, rows)
    return removed

"""Celery: the worker's and the beat's application. `celery -A portal.celery worker`, `… beat`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.production")

app = Celery("portico")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    # Purpose: storage stays small. Budget: 50 batches of 1,000 rows a table and tenant.
    "remove-expired": {"task": "grants.remove_expired", "schedule": 60.0, "options": {"expires": 55}},
}

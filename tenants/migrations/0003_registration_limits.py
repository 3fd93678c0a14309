import django.core.validators
from django.db import migrations, models

from tenants.row_security import protect


class Migration(migrations.Migration):
    dependencies = [("tenants", "0002_row_security")]

    operations = [
        migrations.AddField(
            model_name="tenant",
            name="registrations_per_hour",
            field=models.PositiveIntegerField(
                db_default=10_000,
                default=10_000,
                help_text="How many programs that nobody knows may register themselves in an hour; each well-known platform has as many of its own, and one address gets half.",
                validators=[django.core.validators.MinValueValidator(1)],
            ),
        ),
        # Counters that may be lost with a crash: unlogged (`tenants.counters`).
        migrations.RunSQL(
            "CREATE UNLOGGED TABLE tenants_counter (id text PRIMARY KEY, hits bigint NOT NULL, "
            "expires timestamptz NOT NULL); CREATE INDEX tenants_counter_expires ON tenants_counter (expires)",
            "DROP TABLE tenants_counter",
        ),
        protect("tenants_counter"),
    ]

from django.db import migrations

from tenants.row_security import protect


class Migration(migrations.Migration):
    dependencies = [("users", "0001_initial"), ("tenants", "0002_row_security")]

    operations = [
        protect("users_user"),
        # Apps of others add plain keys to users when they are installed; `protect` makes those composite afterwards.
        migrations.RunSQL(
            "ALTER TABLE users_user ADD CONSTRAINT users_user_id UNIQUE (id)",
            "ALTER TABLE users_user DROP CONSTRAINT users_user_id",
        ),
    ]

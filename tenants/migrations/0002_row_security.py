from pathlib import Path

from django.db import migrations

from tenants.functions import announce, load

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]

    operations = [load(SQL / "tenants.sql"), announce("tenants_tenant")]

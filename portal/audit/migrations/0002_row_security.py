from pathlib import Path

from django.db import migrations

from tenants.functions import load
from tenants.row_security import protect

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial"), ("tenants", "0002_row_security")]

    operations = [protect("audit_auditevent", tenant_key=False), load(SQL / "audit_record.sql"), load(SQL / "audit_record_once.sql")]

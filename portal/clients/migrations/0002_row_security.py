from django.db import migrations

from tenants.functions import announce
from tenants.row_security import protect


class Migration(migrations.Migration):
    dependencies = [("clients", "0001_initial"), ("tenants", "0002_row_security")]

    # Anybody may register a client: that must not make every process forget the tenant's keys and catalog.
    operations = [protect("clients_client"), announce("clients_client", inserts=False)]

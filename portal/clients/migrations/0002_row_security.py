from django.db import migrations

from tenants.functions import announce
from tenants.row_security import protect


class Migration(migrations.Migration):
    dependencies = [("clients", "0001_initial"), ("tenants", "0002_row_security")]

    operations = [protect("clients_client"), announce("clients_client")]

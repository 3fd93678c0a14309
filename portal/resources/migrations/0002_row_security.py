from django.db import migrations

from tenants.functions import announce
from tenants.row_security import Reference, protect


class Migration(migrations.Migration):
    dependencies = [("resources", "0001_initial"), ("tenants", "0002_row_security")]

    operations = [
        protect("resources_resourceserver"),
        protect("resources_scope", {"resource_server_id": Reference("resources_resourceserver")}),
        announce("resources_resourceserver"),
        announce("resources_scope"),
    ]

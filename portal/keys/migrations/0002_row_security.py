from django.db import migrations

from tenants.functions import announce
from tenants.row_security import protect


class Migration(migrations.Migration):
    dependencies = [("keys", "0001_initial"), ("tenants", "0002_row_security")]

    operations = [protect("keys_signingkey"), announce("keys_signingkey")]

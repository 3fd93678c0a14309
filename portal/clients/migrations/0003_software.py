from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0002_row_security")]

    operations = [
        migrations.AddField(
            model_name="client",
            name="software",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=64),
        ),
        migrations.AddIndex(
            model_name="client",
            index=models.Index(fields=["tenant", "software"], name="clients_client_software"),
        ),
    ]

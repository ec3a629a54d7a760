from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("inbox", "0001_schema")]

    operations = [migrations.DeleteModel(name="SavedView")]

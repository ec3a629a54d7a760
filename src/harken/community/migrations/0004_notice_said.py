"""What a notice says is kept apart from the language in which it was said."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("community", "0003_files")]
    operations = [
        migrations.AddField(model_name="notice", name="said", field=models.JSONField(default=dict)),
    ]

"""Files in posts: besides pictures also PDF and plain text, which are saved under a name."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("community", "0002_counted")]

    operations = [
        migrations.RenameModel(old_name="Picture", new_name="File"),
        migrations.RenameIndex(model_name="file", old_name="picture_due", new_name="file_due"),
        migrations.AddField(
            model_name="file", name="name", field=models.CharField(blank=True, default="", max_length=120)
        ),
        migrations.AlterField(
            model_name="file",
            name="member",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="files", to="community.member"
            ),
        ),
    ]

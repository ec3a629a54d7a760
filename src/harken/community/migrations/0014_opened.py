from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("community", "0013_letters")]

    operations = [
        migrations.AlterField(
            model_name="notice",
            name="kind",
            field=models.CharField(
                choices=[
                    ("opened", "Opened"),
                    ("answered", "Answered"),
                    ("commented", "Commented"),
                    ("mentioned", "Mentioned"),
                    ("thanked", "Thanked"),
                    ("solved", "Solved"),
                    ("outcome", "Outcome"),
                    ("invited", "Invited"),
                    ("travelled", "Travelled"),
                    ("standing", "Standing"),
                    ("decided", "Decided"),
                    ("idea", "Idea"),
                ],
                max_length=12,
            ),
        ),
    ]

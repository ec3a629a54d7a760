from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("community", "0025_reach_settled"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="post", name="post_kinds"),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(
                condition=models.Q(kind="answer", state="shown", voice="customer"),
                fields=["created_at", "author", "topic"],
                name="post_customers",
            ),
        ),
    ]

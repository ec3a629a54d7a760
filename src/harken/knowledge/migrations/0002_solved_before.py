"""Solutions of what was solved before there were any; they are judged when their turn comes."""

from django.db import migrations
from django.utils.timezone import now


def add(apps, schema_editor):
    Topic, Solution = apps.get_model("community", "Topic"), apps.get_model("knowledge", "Solution")
    missing = Topic.objects.filter(
        kind="question", is_shown=True, chosen__state="shown", space__audience="everyone", solution=None
    ).select_related("space", "chosen")
    at = now()
    while rows := list(missing.order_by("pk")[:1000]):
        Solution.objects.bulk_create(
            [
                Solution(
                    topic=topic,
                    answer=topic.chosen,
                    space=topic.space,
                    brand_id=topic.space.brand_id,
                    title=topic.title,
                    tag_names=topic.tag_names,
                    language=topic.chosen.language,
                    chosen_at=topic.solved_at or topic.created_at,
                    last_confirmed_at=topic.solved_at or topic.created_at,
                    look_again_at=at,
                    changed_at=at,
                )
                for topic in rows
            ]
        )


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0001_initial")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]

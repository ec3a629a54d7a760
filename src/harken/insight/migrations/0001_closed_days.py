"""What is kept of days that are over, and what changed in them."""

from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='ChangedDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name='Turn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='ClosedDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('space', models.BigIntegerField(default=0)),
                ('first', models.DateTimeField()),
                ('day', models.DateField()),
                ('counts', models.JSONField()),
                ('customers', models.BinaryField()),
                ('answered', models.BinaryField(null=True)),
                ('accepted', models.BinaryField(null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['first'], name='closed_day_first')],
                'constraints': [models.UniqueConstraint(fields=('space', 'first', 'day'), name='one_closed_day')],
            },
        ),
    ]

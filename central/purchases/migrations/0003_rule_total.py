import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("fleet", "0002_journal_id"),
        ("purchases", "0002_receipt_rule"),
        ("stores", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="RuleTotal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rule_id", models.CharField(max_length=200, verbose_name="rule")),
                ("count", models.BigIntegerField(verbose_name="receipts")),
                (
                    "gateway",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="fleet.gateway",
                        verbose_name="gateway",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="stores.organisation",
                        verbose_name="organisation",
                    ),
                ),
            ],
            options={
                "verbose_name": "total of a rule",
                "verbose_name_plural": "totals of rules",
                "indexes": [models.Index(fields=["organisation", "rule_id"], name="rule_total_of_chain")],
                "constraints": [models.UniqueConstraint(fields=("gateway", "rule_id"), name="rule_total_by_gateway")],
            },
        ),
    ]

"""Who may price past receipts by another revision: whoever writes programmes or studies them."""

from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

VIEW, ADD, DELETE = "view_backtest", "add_backtest", "delete_backtest"
ROLES = {
    "marketer": (VIEW, ADD, DELETE),
    "administrator": (VIEW, ADD, DELETE),
    "analyst": (VIEW, ADD),
    "auditor": (VIEW,),
}


def add(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Django makes permissions after all migrations; they are needed here already."""
    config = apps.get_app_config("backtests")
    config.models_module = True  # type: ignore[assignment]  # Truth is all that is asked of it.
    create_permissions(config, verbosity=0, apps=apps, using=schema_editor.connection.alias)
    config.models_module = None
    group, permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    for name, rights in ROLES.items():
        role, _ = group.objects.get_or_create(name=name)
        role.permissions.add(*permission.objects.filter(content_type__app_label="backtests", codename__in=rights))


class Migration(migrations.Migration):
    dependencies = [("office", "0001_roles"), ("backtests", "0001_initial")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]

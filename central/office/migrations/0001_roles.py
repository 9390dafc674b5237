"""The roles of a chain's head office, with their rights. An administrator may change them afterwards."""

from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

SEE_TRADE = (
    "stores.view_store", "stores.view_organisation", "fleet.view_gateway", "purchases.view_receipt",
    "customers.view_customer", "customers.view_identifier", "customers.view_cardkind",
    "programmes.view_programme", "programmes.view_revision",
)  # fmt: skip
SEE_POINTS = ("ledger.view_transaction", "ledger.view_entry", "ledger.view_lot", "ledger.view_hold")
SERVE_CUSTOMERS = (
    "customers.view_customer", "customers.add_customer", "customers.change_customer",
    "customers.view_identifier", "customers.add_identifier", "customers.change_identifier",
)  # fmt: skip

#: Nobody but an administrator changes stores and gateways; nobody but marketers and administrators changes terms.
ROLES = {
    "cashier": (*SERVE_CUSTOMERS, "purchases.view_receipt"),
    "marketer": (
        *SEE_TRADE, *SEE_POINTS, *SERVE_CUSTOMERS,
        "customers.add_cardkind", "customers.change_cardkind",
        "programmes.add_programme", "programmes.change_programme",
        "programmes.add_revision", "programmes.change_revision", "programmes.delete_revision",
        "programmes.publish_revision",
    ),
    "administrator": (
        *SEE_TRADE, *SEE_POINTS, *SERVE_CUSTOMERS,
        "stores.change_organisation", "stores.add_store", "stores.change_store", "stores.delete_store",
        "fleet.add_gateway", "fleet.change_gateway", "fleet.delete_gateway",
        "customers.delete_customer", "customers.delete_identifier",
        "customers.add_cardkind", "customers.change_cardkind", "customers.delete_cardkind",
        "programmes.add_programme", "programmes.change_programme", "programmes.delete_programme",
        "programmes.add_revision", "programmes.change_revision", "programmes.delete_revision",
        "programmes.publish_revision",
        "purchases.view_quarantine", "purchases.change_quarantine",
        "auth.view_user", "auth.add_user", "auth.change_user", "auth.view_group",
    ),
    "analyst": (*SEE_TRADE, *SEE_POINTS),
    "auditor": (*SEE_TRADE, *SEE_POINTS, "purchases.view_quarantine", "auth.view_user", "auth.view_group"),
}  # fmt: skip


def add(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Django makes permissions after all migrations; they are needed here already."""
    for config in apps.get_app_configs():
        config.models_module = True  # type: ignore[assignment]  # Truth is all that is asked of it.
        create_permissions(config, verbosity=0, apps=apps, using=schema_editor.connection.alias)
        config.models_module = None
    group, permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    for name, rights in ROLES.items():
        role, _ = group.objects.get_or_create(name=name)
        for right in rights:
            app, codename = right.split(".")
            role.permissions.add(permission.objects.get(content_type__app_label=app, codename=codename))


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("stores", "0001_initial"),
        ("fleet", "0001_initial"),
        ("customers", "0001_initial"),
        ("programmes", "0001_initial"),
        ("ledger", "0001_initial"),
        ("purchases", "0001_initial"),
    ]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]

"""Pages of users and roles."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

admin.site.index_title = _("Overview")
admin.site.unregister(User)
admin.site.unregister(Group)

#: The roles' names in the database are their English words; pages show them translated.
ROLES = tuple(map(gettext_noop, ("cashier", "marketer", "administrator", "analyst", "auditor")))


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):  # type: ignore[type-arg]  # Not generic when it runs.
    """Who may sign in; what they may do follows from their roles."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "first_name", "last_name", "roles", "is_active", "last_login")
    list_filter = ("is_active", "is_superuser", "groups")

    @display(description=_("roles"))
    def roles(self, row: User) -> str:
        """All of them."""
        if row.is_superuser:
            return gettext("everything")
        return ", ".join(gettext(group.name) for group in row.groups.all())

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may not everything must not take over somebody who may."""
        above = isinstance(obj, User) and obj.is_superuser and not request.user.is_superuser
        return not above and bool(super().has_change_permission(request, obj))

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Rights beyond the roles are a superuser's to give."""
        fixed = super().get_readonly_fields(request, obj)
        return fixed if request.user.is_superuser else (*fixed, "is_superuser", "user_permissions")


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):
    """Roles and their rights."""

    list_display = ("role",)

    @display(description=_("role"), ordering="name")
    def role(self, row: Group) -> str:
        """In the reader's language."""
        return gettext(row.name)

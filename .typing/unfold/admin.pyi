from typing import Any

from django.contrib import admin
from django.http import HttpRequest

class ModelAdmin(admin.ModelAdmin[Any]):
    actions_detail: Any
    change_form_before_template: str | None
    change_form_outer_after_template: str | None
    list_filter_submit: bool
    warn_unsaved_form: bool
    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]: ...

class TabularInline(admin.TabularInline[Any, Any]): ...

"""What a backtest is asked about."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectMultipleWidget, UnfoldAdminSelectWidget

from tillgate.central.programmes.history import state_of
from tillgate.central.programmes.models import Revision, RevisionState
from tillgate.central.programmes.publishing import current_revision
from tillgate.central.stores.models import Store

from .models import Backtest

if TYPE_CHECKING:
    from django.db.models import QuerySet

    RevisionChoiceField = forms.ModelChoiceField[Revision]
else:
    RevisionChoiceField = forms.ModelChoiceField

__all__ = ["BacktestForm"]

PERIOD_DAYS = 30
ISO = "%Y-%m-%d"


def _day() -> forms.DateInput:
    """The browser's own picker."""
    return forms.DateInput(format=ISO, attrs={"type": "date", "class": "tg-select"})


def _other(revision: Revision, others: "QuerySet[Revision]") -> Revision | None:
    """The revision in force; for that one itself, the one before it."""
    current = current_revision(revision.programme.organisation_id, timezone.now())
    if current is not None and current.pk != revision.pk:
        return current
    was = others.exclude(state=RevisionState.DRAFT)
    before = was.filter(active_from__lte=revision.active_from or timezone.now())
    return before.order_by("-active_from", "-pk").first()


class _RevisionField(RevisionChoiceField):
    """Revisions by name and by where they stand."""

    current: Revision | None = None

    def label_from_instance(self, obj: Revision) -> str:
        return f"{obj} · {state_of(obj, self.current, timezone.now())[1]}"


class BacktestForm(forms.Form):
    """Against which revision, over which days and stores."""

    against = _RevisionField(label=_("Compare with"), queryset=Revision.objects.none(), widget=UnfoldAdminSelectWidget)
    since = forms.DateField(label=_("From day"), widget=_day())
    until = forms.DateField(label=_("To day, included"), widget=_day())
    stores = forms.ModelMultipleChoiceField(
        label=_("Stores"),
        queryset=Store.objects.none(),
        required=False,
        widget=UnfoldAdminSelectMultipleWidget,
        help_text=_("None chosen: all."),
    )

    def __init__(self, revision: Revision, data: Any = None) -> None:
        today = timezone.localdate()
        self.revision = revision
        organisation = revision.programme.organisation_id
        others = Revision.objects.filter(programme__organisation=organisation).exclude(pk=revision.pk)
        initial = {
            "against": _other(revision, others),
            "since": today - timedelta(days=PERIOD_DAYS - 1),
            "until": today,
        }
        super().__init__(data, initial=initial)
        self.fields["against"].queryset = others.select_related("programme")  # type: ignore[attr-defined]
        self.fields["against"].current = current_revision(organisation, timezone.now())  # type: ignore[attr-defined]
        self.fields["stores"].queryset = Store.objects.filter(organisation=organisation)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any] | None:
        """Days in their order."""
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", _("The last day is before the first."))
        return cleaned

    def save(self, created_by: User | AnonymousUser) -> Backtest:
        """A row that waits for its process."""
        values = self.cleaned_data
        with transaction.atomic():
            row = Backtest.objects.create(
                revision=self.revision,
                against=values["against"],
                document=self.revision.document,
                against_document=values["against"].document,
                since=values["since"],
                until=values["until"],
                created_by=created_by if isinstance(created_by, User) else None,
            )
            row.stores.set(values["stores"])
        return row

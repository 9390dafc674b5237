"""What a marketer may write."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSplitDateTimeWidget, UnfoldAdminTextareaWidget

from tillgate.core.errors import ProgrammeInvalid

from .drafts import DOCUMENT_BYTES_MAX, fingerprint
from .models import Programme, Revision
from .publishing import check, next_revision

if TYPE_CHECKING:
    RevisionModelForm = forms.ModelForm[Revision]
else:
    RevisionModelForm = forms.ModelForm

__all__ = ["DOCUMENT_BYTES_MAX", "PublishForm", "RevisionForm", "describe"]

#: Reading the changes may take longer than until the minute that was written.
SLACK = timedelta(hours=1)
SENTENCES_MAX = 20


def describe(error: ProgrammeInvalid) -> list[str]:
    """A sentence for each thing that is wrong with a document, with its place in front."""
    words = gettext("At %(path)s: %(detail)s (%(reason)s)")
    russian = get_language() == "ru"
    return [
        words
        % {
            "path": one.path,
            "detail": one.text.ru if russian else one.text.en,
            "reason": one.metadata.get("reason", one.reason),
        }
        for one in (error, *error.more)[:SENTENCES_MAX]
    ]


class RevisionForm(RevisionModelForm):
    """A draft: a document pasted or uploaded, checked before it is saved."""

    document = forms.CharField(
        label=_("Document"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 30, "spellcheck": "false", "class": "tg-document"}),
        help_text=_("JSON, format 1. The revision number is set by itself."),
    )
    upload = forms.FileField(
        label=_("Or a file"),
        required=False,
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".json,application/json"}),
        help_text=_("A JSON file takes the place of the text above."),
    )

    #: What the writer began with, so that nobody's work is overwritten unseen.
    base = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Revision
        fields = ("programme", "document")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["base"] = fingerprint(self.instance.document)

    def clean(self) -> dict[str, Any] | None:
        """Take the file if there is one, then check the document as publishing will."""
        cleaned = super().clean()
        if self.instance.pk and self.cleaned_data.get("base") != fingerprint(self.instance.document):
            raise ValidationError(_("Somebody has saved this draft meanwhile. Copy your text and open the draft anew."))
        upload = self.cleaned_data.get("upload")
        text: str = _read(upload) if upload else self.cleaned_data.get("document", "")
        programme = self.cleaned_data.get("programme") or (self.instance.programme if self.instance.pk else None)
        if not text.strip():
            raise ValidationError({"document": _("Paste a document or choose a file.")})
        if programme is None:
            return cleaned
        # What was uploaded is shown, so that it can be mended on the page.
        shown = QueryDict(mutable=True)
        shown.update({**dict(self.data.items()), self.add_prefix("document"): text})
        self.data = shown
        self.cleaned_data["document"] = self._checked(text, programme)
        return self.cleaned_data

    def _checked(self, text: str, programme: Programme) -> str:
        try:
            return check(text, programme, self.instance.revision or next_revision(programme))
        except ProgrammeInvalid as error:
            raise ValidationError({"document": describe(error)}) from error


def _read(upload: Any) -> str:
    if upload.size > DOCUMENT_BYTES_MAX:
        raise ValidationError({"upload": _("The file is larger than 4 MiB.")})
    try:
        content: bytes = upload.read()
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValidationError({"upload": _("The file is not UTF-8 text.")}) from error


class PublishForm(forms.Form):
    """When a revision comes into force."""

    active_from = forms.SplitDateTimeField(
        label=_("In force from"),
        required=False,
        widget=UnfoldAdminSplitDateTimeWidget,
        help_text=format_lazy(_("Empty: at once. The time zone is {zone}."), zone=settings.TIME_ZONE),
    )

    def clean_active_from(self) -> datetime | None:
        """A past year is a slip of the finger: it must not bring the revision into force at once."""
        moment: datetime | None = self.cleaned_data["active_from"]
        if moment is not None and moment < timezone.now() - SLACK:
            raise ValidationError(_("This time has passed. Leave it empty to publish at once."))
        return moment

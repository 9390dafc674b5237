"""Programmes and their revisions."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tillgate.central.stores.models import Organisation, slug_validator
from tillgate.core import Text
from tillgate.core.errors import Refusal

__all__ = ["Programme", "Revision", "RevisionState"]


class RevisionState(models.TextChoices):
    """Where a revision stands."""

    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")
    RETIRED = "retired", _("retired")


class Programme(models.Model):
    """A loyalty programme of an organisation."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="programmes", verbose_name=_("organisation")
    )
    code = models.CharField(
        _("code"),
        max_length=64,
        validators=[slug_validator],
        help_text=_("Stands in its documents as “id”; it stays as it is."),
    )
    name = models.CharField(_("name"), max_length=200)

    class Meta:
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")
        ordering = ("name",)
        constraints = [models.UniqueConstraint(fields=("organisation", "code"), name="programme_once")]

    def __str__(self) -> str:
        return self.name


class Revision(models.Model):
    """One document of a programme. What was published stays as it was."""

    programme = models.ForeignKey(
        Programme, on_delete=models.PROTECT, related_name="revisions", verbose_name=_("programme")
    )
    revision = models.PositiveIntegerField(_("revision"))
    document = models.TextField(_("document"))
    #: Of the document's UTF-8 bytes, hex; set at publishing.
    sha256 = models.CharField(max_length=64, blank=True, editable=False)
    state = models.CharField(
        _("state"), max_length=16, choices=RevisionState.choices, default=RevisionState.DRAFT, editable=False
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    active_from = models.DateTimeField(_("active from"), null=True, blank=True, editable=False)
    published_at = models.DateTimeField(_("published"), null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("published by"),
    )

    class Meta:
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        ordering = ("programme", "-revision")
        permissions = [("publish_revision", "Can publish revisions")]
        constraints = [models.UniqueConstraint(fields=("programme", "revision"), name="revision_once")]

    def __str__(self) -> str:
        return f"{self.programme.name} · {self.revision}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Refuses to change a document that stores compute or computed with."""
        stored = Revision.objects.filter(pk=self.pk).exclude(state=RevisionState.DRAFT).first()
        if stored is not None and (stored.document, stored.revision) != (self.document, self.revision):
            raise Refusal(
                Text("опубликованное не меняется; сделайте новый черновик", "what is published stays; make a new draft")
            )
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Only drafts go: receipts name the revision they were priced by."""
        if self.state != RevisionState.DRAFT:
            raise Refusal(Text("опубликованное не удаляется", "what is published stays"))
        return super().delete(*args, **kwargs)

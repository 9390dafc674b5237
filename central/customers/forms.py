"""What an administrator may write about a customer."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from tillgate.central.programmes.publishing import published_document
from tillgate.core.errors import IdentifierInvalid, SettingsInvalid
from tillgate.core.identifiers import CardPattern

from .identity import IdentifierTaken, card_kind_of, new_identifier, normalise
from .models import CardKind, Customer, Identifier, IdentifierKind

if TYPE_CHECKING:
    CustomerModelForm = forms.ModelForm[Customer]
    CardKindModelForm = forms.ModelForm[CardKind]
    CardModelForm = forms.ModelForm[Identifier]
else:
    CustomerModelForm = CardKindModelForm = CardModelForm = forms.ModelForm

__all__ = ["CardForm", "CardKindForm", "CustomerForm"]

TAKEN = _("Another customer has this number.")


class AttributesField(forms.JSONField):
    """JSON that a page can show again, whatever was written."""

    def prepare_value(self, value: Any) -> Any:
        """Half of a surrogate pair as JSON's own escape: no page can be sent with the character itself."""
        return str(super().prepare_value(value)).encode(errors="backslashreplace").decode()


class CustomerForm(CustomerModelForm):
    """A customer. Phones are normalised, segments are words with commas between, tiers are the programme's."""

    segments = forms.CharField(
        label=_("Segments"),
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Words with commas between, for example: vip, staff"),
    )

    class Meta:
        model = Customer
        exclude = ("version",)
        field_classes = {"attributes": AttributesField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and isinstance(self.instance.segments, list):
            self.initial["segments"] = ", ".join(self.instance.segments)
        if "tier" in self.fields:
            self.fields["tier"] = self._choice("tier", _tiers(self.instance))
        if "card_kind" in self.fields:
            kinds = [kind.kind for kind in CardKind.objects.all()]
            self.fields["card_kind"] = self._choice("card_kind", kinds)

    def _choice(self, name: str, values: list[str]) -> forms.ChoiceField:
        now = getattr(self.instance, name)
        known = [*values, now] if now and now not in values else values
        choices = [("", "—"), *((value, value) for value in known)]
        return forms.ChoiceField(
            label=self.fields[name].label, choices=choices, required=False, widget=UnfoldAdminSelectWidget
        )

    def clean_phone(self) -> str:
        """In E.164."""
        text: str = self.cleaned_data["phone"]
        if not text:
            return ""
        try:
            return normalise(IdentifierKind.PHONE, text)
        except IdentifierInvalid as error:
            raise ValidationError(_("This is not a phone number. Write for example +7 900 123-45-67.")) from error

    def clean_segments(self) -> list[str]:
        """Without doubles, in the order written."""
        words = [word.strip() for word in str(self.cleaned_data["segments"]).split(",")]
        return list(dict.fromkeys(word for word in words if word))

    def clean_attributes(self) -> dict[str, str]:
        """Texts by name, as a programme's conditions read them."""
        value = self.cleaned_data["attributes"] or {}
        if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
            raise ValidationError(_('Write names and texts, for example {"city": "Moscow"}.'))
        return value

    def clean(self) -> dict[str, Any] | None:
        """The phone is nobody else's."""
        cleaned = super().clean()
        phone = self.cleaned_data.get("phone")
        organisation = self.cleaned_data.get("organisation") or getattr(self.instance, "organisation", None)
        if phone and organisation:
            customer = Customer(pk=self.instance.pk, organisation=organisation)
            own = Identifier.objects.filter(customer=self.instance.pk, kind=IdentifierKind.PHONE, value=phone).first()
            try:
                new_identifier(customer, IdentifierKind.PHONE, phone, own=own.pk if own else None)
            except IdentifierTaken:
                self.add_error("phone", TAKEN)
        return cleaned


class CardForm(CardModelForm):
    """A card of a customer."""

    class Meta:
        model = Identifier
        fields = ("value", "blocked")
        labels = {"value": _("Card number")}

    def clean_value(self) -> str:
        """Of a known kind, and not a payment card's."""
        text: str = self.cleaned_data["value"]
        customer: Customer = self.instance.customer
        if customer.organisation_id is None:
            raise ValidationError(_("Choose the customer's organisation first."))
        try:
            number = normalise(IdentifierKind.CARD, text)
            card_kind_of(customer.organisation, number)
            row = new_identifier(customer, IdentifierKind.CARD, number, own=self.instance.pk)
        except IdentifierInvalid as error:
            raise ValidationError(_("No card kind has such numbers: check the digits.")) from error
        except IdentifierTaken as error:
            raise ValidationError(TAKEN) from error
        self.instance.kind, self.instance.hash = row.kind, row.hash
        self.instance.organisation = row.organisation
        return number


class CardKindForm(CardKindModelForm):
    """A kind of cards with a pattern that can be read."""

    class Meta:
        model = CardKind
        exclude = ()

    def clean_pattern(self) -> str:
        """As the tills will read it."""
        text: str = self.cleaned_data["pattern"]
        try:
            CardPattern.parse(text)
        except SettingsInvalid as error:
            raise ValidationError(
                _("The pattern cannot be read: %(detail)s"), params={"detail": error.detail}
            ) from error
        return text


def _tiers(customer: Customer) -> list[str]:
    """The tiers of the programme in force."""
    organisation = getattr(customer, "organisation_id", None)
    tiers = published_document(organisation).get("tiers") or {}
    return [str(level["id"]) for level in tiers.get("levels", [])]

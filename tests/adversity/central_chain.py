"""A small chain in a central's database, for tests that send events to it."""

from dataclasses import dataclass

__all__ = ["Chain", "make_chain"]


@dataclass(frozen=True, slots=True)
class Chain:
    """Primary keys, ids on the wire, and 32 hexadecimal digits for each customer."""

    organisation: int
    store: int
    store_id: str
    gateway: int
    gateway_id: str
    token: str
    customers: tuple[str, ...]


def make_chain(customers: int = 3) -> Chain:
    """One store with one gateway, and customers without points. Needs Django set up."""
    from tillgate.central.customers.models import Change, Customer
    from tillgate.central.fleet.models import Gateway, hash_token, new_token
    from tillgate.central.stores.models import Organisation, Store

    organisation = Organisation.objects.create(name="Chain")
    store = Store.objects.create(organisation=organisation, store_id="store-1", name="Store 1")
    token = new_token()
    gateway = Gateway.objects.create(gateway_id="gateway-1", store=store, token_hash=hash_token(token))
    made = [Customer(organisation=organisation, first_name=f"Guest {number}") for number in range(customers)]
    Customer.objects.bulk_create(made)
    Change.objects.bulk_create(Change(customer_id=customer.id) for customer in made)
    names = tuple(sorted(customer.id.hex for customer in made))
    return Chain(organisation.pk, store.pk, store.store_id, gateway.pk, gateway.gateway_id, token, names)

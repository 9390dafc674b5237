"""What a reward asks of the cashier, as a sentence."""

from .answer import Reward
from .numbers import format_quantity
from .text import Text

__all__ = ["say_reward"]


def say_reward(reward: Reward, card_name: Text | None = None) -> Text:
    """The sentence of a reward. `card_name` is what the card to offer is called."""
    if reward.prompt_text is not None:
        return reward.prompt_text
    if reward.gift_sku:
        quantity = format_quantity(reward.gift_quantity_milli)
        return Text(
            f"Отдайте подарок: {reward.gift_sku}, {quantity}", f"Hand over the gift: {reward.gift_sku}, {quantity}"
        )
    if reward.coupon_template:
        until = reward.coupon_valid_until
        return Text(
            f"Выдайте купон: {reward.coupon_template}" + (f", действует по {until:%d.%m.%Y}" if until else ""),
            f"Give the guest a coupon: {reward.coupon_template}" + (f", valid until {until}" if until else ""),
        )
    name = card_name or Text(reward.offer_card_kind, reward.offer_card_kind)
    return Text(f"Предложите гостю карту: {name.ru}", f"Offer the guest a card: {name.en}")

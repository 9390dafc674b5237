"""A till: a program of its own that knows the gateway by its contracts alone.

Reads goods and then a loyalty card from its devices, prices, pays in cash, prints. Prints `{"ready": true}` when it
listens to its devices, a line for each of the goods, and one JSON object when the sale is done.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from typing import Any

import grpc
from google.protobuf.json_format import MessageToDict

from tillgate.pos.v1 import checkout_service_pb2 as checkout
from tillgate.pos.v1 import checkout_service_pb2_grpc as checkout_services
from tillgate.pos.v1 import device_service_pb2 as device
from tillgate.pos.v1 import device_service_pb2_grpc as device_services
from tillgate.type.v1 import device_pb2, purchase_pb2

__all__ = ["Till"]

TIMEOUT_S = 10.0
READERS = ("scanner-1", "msr-1")


class Till:
    """One lane's sale, step by step. `catalogue` maps a barcode to its goods: sku, price_minor, categories."""

    def __init__(self, channel: grpc.Channel, token: str, catalogue: dict[str, dict[str, Any]]) -> None:
        self._checkout = checkout_services.CheckoutServiceStub(channel)
        self._devices = device_services.DeviceServiceStub(channel)
        self._metadata = (("authorization", f"Bearer {token}"),)
        self._catalogue = catalogue
        self._acknowledgements: Queue[device.SubscribeRequest | None] = Queue()

    def sell(self, purchase_id: str) -> dict[str, Any]:
        """Wait for goods and a card, then finish the sale. Returns what happened, as plain data."""
        scans = self._scan()
        request = self._basket(scans["goods"])
        found = self._checkout.Identify(
            checkout.IdentifyRequest(scanned_text=scans["card"]), metadata=self._metadata, timeout=TIMEOUT_S
        )
        request.customer_id = found.customer.customer_id
        quote = self._checkout.Quote(request, metadata=self._metadata, timeout=TIMEOUT_S)
        committed = self._commit(purchase_id, request, quote)
        printed = self._devices.Print(
            device.PrintRequest(job_id=f"slip-{purchase_id}", device_id="printer-1", document=committed.slip),
            metadata=self._metadata,
            timeout=30,
        )
        return {
            "scan": scans,
            "identify": plain(found),
            "quote": plain(quote),
            "commit": plain(committed),
            "print": {"outcome": device_pb2.PrintOutcome.Name(printed.job.outcome).removeprefix("PRINT_OUTCOME_")},
        }

    def _commit(
        self, purchase_id: str, request: checkout.QuoteRequest, quote: checkout.QuoteResponse
    ) -> checkout.CommitResponse:
        basket = request.basket
        basket.time.CopyFrom(quote.priced_time)
        cash = purchase_pb2.Tender(type="cash", amount_minor=quote.answer.total_minor)
        return self._checkout.Commit(
            checkout.CommitRequest(
                purchase_id=purchase_id,
                quote_id=quote.quote_id,
                basket=basket,
                customer_id=request.customer_id,
                tenders=[cash],
            ),
            metadata=self._metadata,
            timeout=TIMEOUT_S,
        )

    def _scan(self) -> dict[str, Any]:
        """Goods until something comes that is no goods: that is the card."""
        goods: list[str] = []
        latencies: list[float] = []
        for event in self._events():
            latencies.append(round((time.time() - event.times.read_time.ToNanoseconds() / 1e9) * 1000, 1))  # noqa: TID251
            if event.data.text in self._catalogue:
                goods.append(event.data.text)
                say({"scanned": event.data.text})
            else:
                self._acknowledgements.put(None)
                card = event.data.fields.get("card_number", event.data.text)
                return {"goods": goods, "card": card, "device": event.device_id, "latency_ms": latencies}
        raise ConnectionError("the gateway ended the stream of device events")

    def _events(self) -> Iterator[device.DeviceEvent]:
        start = device.SubscribeStart()
        for name in READERS:
            claim = self._devices.Claim(device.ClaimRequest(device_id=name), metadata=self._metadata, timeout=TIMEOUT_S)
            start.devices.add(device_id=name, claim_token=claim.claim_token)
        self._acknowledgements.put(device.SubscribeRequest(start=start))
        stream = self._devices.Subscribe(iter(self._acknowledgements.get, None), metadata=self._metadata)
        for message in stream:
            if message.HasField("ready"):
                say({"ready": True})
            elif message.HasField("event") and message.event.HasField("data") and not message.event.stale:
                acknowledge = device.SubscribeAcknowledge(
                    device_id=message.event.device_id, cursor=message.event.cursor
                )
                self._acknowledgements.put(device.SubscribeRequest(acknowledge=acknowledge))
                yield message.event

    def _basket(self, goods: list[str]) -> checkout.QuoteRequest:
        request = checkout.QuoteRequest()
        request.basket.currency = "RUB"
        for code in dict.fromkeys(goods):
            item = self._catalogue[code]
            request.basket.lines.add(
                sku=item["sku"],
                quantity_milli=1000 * goods.count(code),
                name=item["name"],
                unit_price_minor=item["price_minor"],
                categories=item["categories"],
            )
        return request


def say(row: dict[str, Any]) -> None:
    """One JSON line for whoever started this till."""
    sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def plain(message: Any) -> dict[str, Any]:
    """A message as JSON data."""
    data: dict[str, Any] = MessageToDict(message, preserving_proto_field_name=True)
    return data


def main() -> None:
    """Sell once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", required=True)
    parser.add_argument("--token-file", type=Path, required=True)
    parser.add_argument("--catalogue", type=Path, required=True)
    parser.add_argument("--purchase-id", required=True)
    arguments = parser.parse_args()
    catalogue = json.loads(arguments.catalogue.read_text(encoding="utf-8"))
    with grpc.insecure_channel(arguments.address) as channel:
        say(Till(channel, arguments.token_file.read_text().strip(), catalogue).sell(arguments.purchase_id))


if __name__ == "__main__":
    main()

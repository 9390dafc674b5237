"""Gateway and central are killed over and over while tills sell: nothing answered is lost, nothing counts twice."""

import os
import random
import threading
from collections import Counter
from pathlib import Path

import pytest
from shop import Shop, Till, open_shop

ROUNDS = int(os.environ.get("TILLGATE_KILL_ROUNDS", "200"))
SEED = int(os.environ.get("TILLGATE_SEED", "20261121"))
TILLS = 4


@pytest.mark.slow
@pytest.mark.timeout(1_200)
def test_killed_two_hundred_times_every_sale_counts_once_and_balances_agree(tmp_path: Path) -> None:
    print(f"TILLGATE_SEED={SEED} TILLGATE_KILL_ROUNDS={ROUNDS}")
    draw = random.Random(SEED)
    with open_shop(tmp_path) as shop:
        opening = balances(shop)
        tills = [Till(shop, seed=draw.getrandbits(32)) for _ in range(TILLS)]
        stop = threading.Event()
        failures: list[BaseException] = []
        threads = [threading.Thread(target=guarded, args=(till, stop, failures)) for till in tills]
        for thread in threads:
            thread.start()
        for _ in range(ROUNDS):
            stop.wait(draw.uniform(0.0, 0.15))
            target = draw.choices(["gateway", "central", "both"], [45, 35, 20])[0]
            shop.restart(gateway=target != "central", central=target != "gateway")
            if failures:
                break
        stop.set()
        for thread in threads:
            thread.join()
        assert not failures, failures[0]
        shop.wait_drained()
        check_once(shop, tills)
        check_balances(shop, tills, opening)


def guarded(till: Till, stop: threading.Event, failures: list[BaseException]) -> None:
    try:
        till.run(stop)
    except BaseException as failure:  # noqa: BLE001  Told by the test's own thread.
        failures.append(failure)
        stop.set()


def check_once(shop: Shop, tills: list[Till]) -> None:
    """Every answered sale stands at the central, once, with the answered figures; and nothing else stands there."""
    committed = {purchase_id: answer for till in tills for purchase_id, answer in till.committed.items()}
    assert len(committed) > ROUNDS / 2
    figures = "purchase_id, total_minor, earned_points, redeemed_points, cancelled_at IS NOT NULL"
    rows = shop.query(f"SELECT {figures} FROM purchases_receipt")
    stored = {str(row[0]).replace("-", ""): row[1:] for row in rows}
    expected = {
        purchase_id.replace("-", ""): (
            answer.answer.total_minor,
            answer.answer.points.earned,
            answer.answer.redeemed_points,
            int(any(purchase_id in till.cancelled for till in tills)),
        )
        for purchase_id, answer in committed.items()
    }
    assert stored == expected
    assert shop.query("SELECT count(*) FROM purchases_quarantine") == [(0,)]


def check_balances(shop: Shop, tills: list[Till], opening: Counter[str]) -> None:
    """The ledger is in balance, holds are closed, and each customer has what the answers add up to."""
    shop.manage("check_ledger")
    expected = Counter(opening)
    for till in tills:
        for purchase_id, answer in till.committed.items():
            if purchase_id not in till.cancelled:
                expected[till.customers[purchase_id].replace("-", "")] += answer.answer.points.earned
                expected[till.customers[purchase_id].replace("-", "")] -= answer.answer.redeemed_points
    assert balances(shop) == expected


def balances(shop: Shop) -> Counter[str]:
    rows = shop.query("SELECT id, points_available FROM customers_customer")
    return Counter({str(customer).replace("-", ""): points for customer, points in rows})

"""A programme is used from its time on; one that is no good changes nothing and can be seen."""

import hashlib
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from tillgate.gateway.journal import Journal
from tillgate.gateway.replica import Replica
from tillgate.sync.v1.sync_service_pb2 import Bundle

OPEN = Callable[[], Awaitable[Replica]]


def bundle(revision: int, document: bytes | None = None) -> Bundle:
    text = json.dumps({"id": "chain", "revision": revision}).encode() if document is None else document
    sha256 = hashlib.sha256(text).hexdigest()
    return Bundle(sha256=sha256, programme_id="chain", revision=revision, programme_json=text)


def bundle_at(revision: int, clock: Any, delay: timedelta) -> Bundle:
    message = bundle(revision)
    message.active_from.FromDatetime(clock.now() + delay)
    return message


def revision_of(replica: Replica) -> int | None:
    programme = replica.programme()
    return None if programme is None else programme.revision


async def test_a_bundle_is_used_at_once_and_after_a_start(replica: Replica, open_replica: OPEN) -> None:
    assert await replica.apply_bundle(bundle(1))
    assert revision_of(replica) == 1
    assert await replica.apply_bundle(bundle(2))
    assert revision_of(replica) == 2
    again = await open_replica()
    assert (revision_of(again), again.bundle_sha256) == (2, bundle(2).sha256)


async def test_a_bundle_waits_for_its_time(replica: Replica, open_replica: OPEN, clock: Any) -> None:
    await replica.apply_bundle(bundle(1))
    await replica.apply_bundle(bundle_at(2, clock, timedelta(hours=1)))
    again = await open_replica()
    for each in (replica, again):
        assert (revision_of(each), each.bundle_sha256) == (1, bundle(2).sha256)
    clock.move(timedelta(hours=1))
    assert [revision_of(each) for each in (replica, again, await open_replica())] == [2, 2, 2]
    clock.move(timedelta(hours=-2))  # A clock set back does not bring the old one back.
    assert [revision_of(each) for each in (replica, again)] == [2, 2]


async def test_the_first_bundle_is_used_even_before_its_time(replica: Replica, clock: Any) -> None:
    await replica.apply_bundle(bundle_at(1, clock, timedelta(days=1)))
    assert revision_of(replica) == 1


async def test_a_bundle_that_waits_is_replaced_by_a_later_one(replica: Replica, clock: Any, journal: Journal) -> None:
    await replica.apply_bundle(bundle(1))
    await replica.apply_bundle(bundle_at(2, clock, timedelta(hours=1)))
    await replica.apply_bundle(bundle_at(2, clock, timedelta(hours=3)))  # Put off.
    clock.move(timedelta(hours=2))
    assert revision_of(replica) == 1
    await replica.apply_bundle(bundle(1))  # Called off.
    clock.move(timedelta(hours=2))
    assert (revision_of(replica), replica.bundle_sha256) == (1, bundle(1).sha256)
    assert {slot for (slot,) in journal.rows("SELECT slot FROM bundles")} == {"current", "previous"}


async def test_a_bundle_that_does_not_compile_changes_nothing_and_is_shown(
    replica: Replica, open_replica: OPEN
) -> None:
    await replica.apply_bundle(bundle(1))
    altered = bundle(2)
    altered.programme_json += b" "
    misnamed = bundle(3)
    misnamed.revision = 4
    for bad in (bundle(2, b"{"), altered, misnamed):
        assert not await replica.apply_bundle(bad)
        assert (revision_of(replica), replica.bundle_sha256) == (1, bundle(1).sha256)
        assert [problem.reason for problem in replica.problems] == ["PROGRAMME_INVALID"]
    assert revision_of(await open_replica()) == 1
    assert await replica.apply_bundle(bundle(5))
    assert (revision_of(replica), replica.problems) == (5, ())


async def test_a_bundle_this_program_cannot_compile_any_more_falls_back_to_the_one_before(
    replica: Replica, journal: Journal, open_replica: OPEN
) -> None:
    await replica.apply_bundle(bundle(1))
    await replica.apply_bundle(bundle(2))
    # As after going back to an older program.
    unknown = bundle(2, b"{}")
    await journal.write(
        lambda transaction: transaction.execute(
            "UPDATE bundles SET body = ? WHERE slot = 'current'", (unknown.SerializeToString(),)
        )
    )
    again = await open_replica()
    assert revision_of(again) == 1
    assert len(again.problems) == 1

"""From a document to what the stores compute with."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tillgate.central.programmes.models import Programme, Revision, RevisionState
from tillgate.central.programmes.publishing import current_revision, new_draft, publish, roll_back
from tillgate.central.stores.models import Organisation
from tillgate.core.errors import ProgrammeInvalid, Refusal

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def programme(central_home: object) -> Programme:
    organisation = Organisation.objects.create(name="Chain", currency="RUB")
    return Programme.objects.create(organisation=organisation, code="chain", name="Chain")


def document(percent: str = "10", **more: Any) -> str:
    rule = {"id": "all", "give": {"percent": percent}}
    return json.dumps(
        {
            "format": 1,
            "id": "chain",
            "revision": 99,
            "currency": "RUB",
            "discounts": {"id": "d", "mode": "sum", "children": [rule]},
            **more,
        }
    )


def in_force(programme: Programme, now: datetime) -> int | None:
    found = current_revision(programme.organisation_id, now)
    return found.revision if found else None


def test_a_draft_gets_its_number_and_is_not_in_force(programme: Programme) -> None:
    draft = new_draft(programme, document())
    assert (draft.revision, json.loads(draft.document)["revision"], draft.state) == (1, 1, RevisionState.DRAFT)
    assert in_force(programme, NOW) is None


def test_publishing_fixes_the_bytes_that_gateways_get(programme: Programme) -> None:
    done = publish(new_draft(programme, document()), None, NOW)
    assert done.sha256 == hashlib.sha256(done.document.encode()).hexdigest()
    assert (done.state, done.active_from, done.published_at) == (RevisionState.PUBLISHED, NOW, NOW)
    assert in_force(programme, NOW) == 1


def test_the_next_revision_retires_the_one_before(programme: Programme) -> None:
    first = publish(new_draft(programme, document()), None, NOW)
    publish(new_draft(programme, document("15")), None, NOW + DAY)
    first.refresh_from_db()
    assert first.state == RevisionState.RETIRED
    assert in_force(programme, NOW + DAY) == 2


def test_a_scheduled_revision_waits_for_its_moment(programme: Programme) -> None:
    publish(new_draft(programme, document()), None, NOW)
    publish(new_draft(programme, document("15")), None, NOW, active_from=NOW + DAY)
    assert in_force(programme, NOW + DAY - timedelta(seconds=1)) == 1
    assert in_force(programme, NOW + DAY) == 2


def test_what_was_scheduled_is_called_off_by_a_later_publication(programme: Programme) -> None:
    publish(new_draft(programme, document()), None, NOW)
    publish(new_draft(programme, document("15")), None, NOW, active_from=NOW + DAY)
    publish(new_draft(programme, document("20")), None, NOW + timedelta(hours=1))
    assert in_force(programme, NOW + 9 * DAY) == 3


def test_a_moment_in_the_past_means_at_once(programme: Programme) -> None:
    assert publish(new_draft(programme, document()), None, NOW, active_from=NOW - DAY).active_from == NOW


def test_rolling_back_publishes_the_old_document_under_a_new_number(programme: Programme) -> None:
    first = publish(new_draft(programme, document("10")), None, NOW)
    publish(new_draft(programme, document("15")), None, NOW + DAY)
    back = roll_back(first, None, NOW + 2 * DAY)
    assert back.revision == 3
    assert {**json.loads(back.document), "revision": 1} == json.loads(first.document)
    assert in_force(programme, NOW + 2 * DAY) == 3


def test_a_draft_was_never_in_force_and_cannot_be_rolled_back_to(programme: Programme) -> None:
    with pytest.raises(Refusal):
        roll_back(new_draft(programme, document()), None, NOW)


def test_what_was_published_cannot_be_changed_published_again_or_deleted(programme: Programme) -> None:
    done = publish(new_draft(programme, document()), None, NOW)
    with pytest.raises(Refusal):
        publish(done, None, NOW)
    with pytest.raises(Refusal):
        done.delete()
    done.document = done.document.replace("10", "90")
    with pytest.raises(Refusal):
        done.save()
    assert '"10"' in Revision.objects.get(pk=done.pk).document


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("{", "$"),
        (document("110"), "$.discounts.children[0].give.percent"),
        (document(colour="red"), "$.colour"),
        (document(id="other"), "$.id"),
        (document(currency="EUR"), "$.currency"),
        (document(points={"digits": 2}), "$.points.digits"),
        (document("0"), "$.discounts.children[0].give.percent"),
        (
            document(examples=[{"basket": {"currency": "RUB", "lines": []}, "expect": {"total": "0.00"}}]),
            "$.examples[0].basket.lines",
        ),
        (
            document(
                examples=[
                    {
                        "basket": {
                            "currency": "RUB",
                            "lines": [{"sku": "A", "quantity": "1", "unit_price": "100.00"}],
                        },
                        "expect": {"total": "95.00"},
                    }
                ]
            ),
            "$.examples[0].expect.total",
        ),
    ],
)
def test_a_wrong_document_names_the_path(programme: Programme, text: str, path: str) -> None:
    with pytest.raises(ProgrammeInvalid) as caught:
        new_draft(programme, text)
    assert caught.value.path == path
    assert not Revision.objects.exists()


def test_all_examples_that_differ_are_told(programme: Programme) -> None:
    basket = {"currency": "RUB", "lines": [{"sku": "A", "quantity": "1", "unit_price": "100.00"}]}
    examples = [{"basket": basket, "expect": {"total": total}} for total in ("95.00", "90.00", "85.00")]
    with pytest.raises(ProgrammeInvalid) as caught:
        new_draft(programme, document(examples=examples))
    every = (caught.value, *caught.value.more)
    assert [one.path for one in every] == ["$.examples[0].expect.total", "$.examples[2].expect.total"]


def test_an_example_may_name_only_what_it_cares_about(programme: Programme) -> None:
    basket = {"currency": "RUB", "lines": [{"sku": "A", "quantity": "2", "unit_price": "100.00"}]}
    expect = {"total": "180.00", "line_nets": ["180.00"], "lines": [{"net": "180"}]}
    publish(new_draft(programme, document(examples=[{"basket": basket, "expect": expect}])), None, NOW)
    assert in_force(programme, NOW) == 1

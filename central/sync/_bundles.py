"""The programme documents that the stores of an organisation compute with."""

from datetime import datetime

from tillgate.central.sql import Sql
from tillgate.sync.v1 import sync_service_pb2 as sync

__all__ = ["BundleCache"]


class BundleCache:
    """Documents read once; which ones are in force is asked each time."""

    def __init__(self) -> None:
        self._bundles: dict[int, sync.Bundle] = {}

    def read(self, sql: Sql, organisation: int, now: datetime) -> tuple[sync.Bundle, ...]:
        """What is in force, then what will be; none, one or two bundles."""
        rows = sql.query(
            "SELECT r.id, r.active_from FROM programmes_revision r JOIN programmes_programme p ON p.id = r.programme_id"
            " WHERE p.organisation_id = %s AND r.state = 'published'"
            " ORDER BY COALESCE(r.active_from, r.published_at), r.published_at, r.id",
            (organisation,),
        )
        in_force: list[int] = []
        to_come: list[int] = []
        for revision, active_from in rows:
            begins = sql.moment(active_from)
            (in_force if begins is None or begins <= now else to_come).append(revision)
        return tuple(self._bundle(sql, revision) for revision in (*in_force[-1:], *to_come[:1]))

    def _bundle(self, sql: Sql, revision: int) -> sync.Bundle:
        if revision not in self._bundles:
            self._bundles[revision] = _read(sql, revision)
        return self._bundles[revision]


def _read(sql: Sql, revision: int) -> sync.Bundle:
    code, number, document, sha256, active_from = sql.query(
        "SELECT p.code, r.revision, r.document, r.sha256, r.active_from FROM programmes_revision r"
        " JOIN programmes_programme p ON p.id = r.programme_id WHERE r.id = %s",
        (revision,),
    )[0]
    bundle = sync.Bundle(sha256=sha256, programme_id=code, revision=number, programme_json=document.encode())
    begins = sql.moment(active_from)
    if begins is not None:
        bundle.active_from.FromDatetime(begins)
    return bundle

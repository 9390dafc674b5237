"""Threads for the database, each with a connection of its own, so that the loop never waits for one."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Concatenate, ParamSpec, TypeVar

from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from tillgate.central.sql import Sql, open_sql

__all__ = ["Workers"]

P = ParamSpec("P")
T = TypeVar("T")

POSTGRES_WRITERS = 8
READERS = 2


class Workers:
    """Writers and readers. SQLite has one writer: a queue in order is fairer than a lock that everybody polls."""

    def __init__(self) -> None:
        writers = POSTGRES_WRITERS if connection.vendor == "postgresql" else 1
        self._writers = ThreadPoolExecutor(writers, "writer")
        self._readers = ThreadPoolExecutor(READERS, "reader")
        self._opened: set[BaseDatabaseWrapper] = set()

    async def write(self, job: Callable[Concatenate[Sql, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a job that writes."""
        return await self._run(self._writers, job, *args, **kwargs)

    async def read(self, job: Callable[Concatenate[Sql, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a job that only reads, or writes little and may wait its turn at the database."""
        return await self._run(self._readers, job, *args, **kwargs)

    async def _run(
        self, pool: ThreadPoolExecutor, job: Callable[Concatenate[Sql, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        def work() -> T:
            own = connections["default"]
            self._opened.add(own)
            return job(open_sql(own), *args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(pool, work)

    async def close(self) -> None:
        """Wait for what runs, refuse what waits, close all connections."""
        for pool in (self._writers, self._readers):
            pool.shutdown(wait=False, cancel_futures=True)
        await asyncio.to_thread(self._writers.shutdown)
        await asyncio.to_thread(self._readers.shutdown)
        await asyncio.to_thread(self._close_connections)

    def _close_connections(self) -> None:
        for opened in self._opened:
            # Django binds a connection to the thread that made it; those threads have ended.
            opened.inc_thread_sharing()
            opened.close()

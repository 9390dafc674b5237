"""Serves three files, the status as JSON, and the metrics."""

from collections.abc import Awaitable, Callable
from importlib.resources import files

from aiohttp import web
from google.protobuf.json_format import MessageToDict
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from tillgate.core.errors import SettingsInvalid
from tillgate.gateway.api.admin import LaneBook, full_status
from tillgate.gateway.clock import Clock
from tillgate.gateway.metrics import Metrics
from tillgate.gateway.settings import host_and_port
from tillgate.gateway.status import Status

__all__ = ["WebServer"]

TYPES = {"status.html": "text/html", "status.css": "text/css", "status.js": "text/javascript"}
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}
STOP_GRACE_S = 1.0


class WebServer:
    """One small server on the daemon's own loop."""

    def __init__(self, listen: str, status: Status, lanes: LaneBook, metrics: Metrics, clock: Clock) -> None:
        self._listen = listen
        self._status = status
        self._lanes = lanes
        self._metrics = metrics
        self._clock = clock
        self._runner: web.AppRunner | None = None
        self.port = 0

    @property
    def address(self) -> str:
        """The page's address."""
        host, _, _ = self._listen.rpartition(":")
        return f"http://{host}:{self.port}/"

    async def start(self) -> None:
        """Bind and serve. Raises SettingsInvalid when the address is taken."""
        parsed = host_and_port(self._listen)
        assert parsed is not None, "settings were checked"
        application = web.Application(middlewares=[_only_local_names])
        application.router.add_get("/", self._file("status.html"))
        for name in ("status.css", "status.js"):
            application.router.add_get(f"/{name}", self._file(name))
        application.router.add_get("/status.json", self._json)
        application.router.add_get("/metrics", self._exposition)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=STOP_GRACE_S)
        await self._runner.setup()
        site = web.TCPSite(self._runner, *parsed)
        try:
            await site.start()
        except OSError as error:
            raise SettingsInvalid(f"cannot listen on {self._listen}: {error.strerror}", path="$.web.listen") from error
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Close the port and end open requests."""
        if self._runner is not None:
            await self._runner.cleanup()

    def _file(self, name: str) -> Callable[[web.Request], Awaitable[web.Response]]:
        text = files(__package__).joinpath("static", name).read_text(encoding="utf-8")

        async def serve(_request: web.Request) -> web.Response:
            return web.Response(text=text, content_type=TYPES[name], headers=HEADERS)

        return serve

    async def _json(self, _request: web.Request) -> web.Response:
        message = full_status(self._status, self._lanes, self._clock)
        status = MessageToDict(message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)
        return web.json_response(status, headers=HEADERS)

    async def _exposition(self, _request: web.Request) -> web.Response:
        body = generate_latest(self._metrics.registry)
        return web.Response(body=body, headers={**HEADERS, "Content-Type": CONTENT_TYPE_LATEST})


@web.middleware
async def _only_local_names(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    # A page of the internet may point its own name at 127.0.0.1 and read us through a browser here.
    name = request.host.rpartition(":")[0] or request.host
    if name.strip("[]") not in ("127.0.0.1", "localhost", "::1"):
        raise web.HTTPForbidden(text="this page answers to local names only")
    return await handler(request)

"""The web server: Django under waitress, one process."""

import signal
import socket
import threading
from collections.abc import Callable
from types import FrameType

import click
import msgspec
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from waitress import wasyncore
from waitress.server import create_server

from tillgate.core.errors import SettingsInvalid

__all__ = ["HealthMiddleware", "SecurityHeadersMiddleware", "serve"]

GetResponse = Callable[[HttpRequest], HttpResponseBase]

THREADS = 8
#: Of the 5 s in which a process has to end, what is left to requests under way.
FAREWELL_S = 3
#: With `https = true` a proxy on this machine ends TLS and says so.
HTTPS_PROXY = {"trusted_proxy": "127.0.0.1", "trusted_proxy_headers": "x-forwarded-proto x-forwarded-for"}

#: Everything comes from this server. Alpine, which the admin's pages use, evaluates expressions in attributes.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'none'"
)


class HealthMiddleware:
    """Answers /healthz before sessions and host checks: a load balancer knows neither."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path != "/healthz":
            return self.get_response(request)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except DatabaseError:
            return JsonResponse({"status": "NOT_SERVING", "database": "unreachable"}, status=503)
        return JsonResponse({"status": "SERVING"})


class SecurityHeadersMiddleware:
    """Tells the browser to load nothing from outside."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        if isinstance(response, HttpResponse) and response.headers.get("Content-Type", "").startswith("text/html"):
            # Pages hold personal data: no copy in a shared browser's cache.
            response.headers.setdefault("Cache-Control", "no-store")
        return response


def serve(listen: str) -> None:
    """Serve until SIGTERM or SIGINT. Prints one JSON line with the address when connections are accepted."""
    stopping = threading.Event()
    sockets: dict[int, object] = {}
    listener = _bind(listen)
    server = create_server(
        get_wsgi_application(),
        map=sockets,
        sockets=[listener],
        threads=THREADS,
        ident="tillgate",
        max_request_body_size=settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
        clear_untrusted_proxy_headers=True,
        **(HTTPS_PROXY if settings.HOME.settings.https else {}),
    )

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()
        server.pull_trigger()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    host, port = listener.getsockname()[:2]
    click.echo(msgspec.json.encode({"web": f"http://{f'[{host}]' if ':' in host else host}:{port}/"}))
    while not stopping.is_set():
        wasyncore.loop(timeout=1, map=sockets, count=1)
    server.task_dispatcher.shutdown(timeout=FAREWELL_S)
    wasyncore.close_all(sockets)


def _bind(listen: str) -> socket.socket:
    host, colon, port = listen.rpartition(":")
    if not colon or not host or not port.isdigit() or int(port) > 65_535:
        raise SettingsInvalid(f"{listen!r} is not host:port")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host.strip("[]"), int(port)), family=family)
    except OSError as error:
        raise SettingsInvalid(f"cannot listen on {listen}: {error.strerror}") from error

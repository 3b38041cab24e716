"""What can happen to a request on its way to the fake Mattermost and back."""

import asyncio
import enum
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PAGE = "<!doctype html><title>502 Bad Gateway</title><h1>502 Bad Gateway</h1>"


class Fault(enum.StrEnum):
    """How a request fails."""

    RATE_LIMIT = enum.auto()  # 429, text/plain, with Retry-After
    BAD_GATEWAY = enum.auto()  # a proxy's HTML page, 502; not processed
    UNAVAILABLE = enum.auto()  # 503 with JSON; not processed
    HTML = enum.auto()  # a proxy's page with 200; not processed
    RESET = enum.auto()  # the connection breaks; not processed
    LOST = enum.auto()  # processed, then the connection breaks
    LOST_502 = enum.auto()  # processed, then a proxy's 502
    HANG = enum.auto()  # processed, and no answer ever
    FORBIDDEN = enum.auto()
    GONE = enum.auto()
    UNAUTHORIZED = enum.auto()
    REDIRECT = enum.auto()  # 302 elsewhere; not processed
    PENDING = enum.auto()  # the same post is on its way
    COOKIE = enum.auto()  # processed; the answer sets a cookie that would log in


@dataclass(slots=True)
class Planned:
    """A fault that waits for its request."""

    fault: Fault
    method: str
    path: str
    times: int
    retry_after: int

    def fits(self, request: web.Request) -> bool:
        return self.method in {"*", request.method} and self.path in request.path


class Faults:
    """What is planned, the weather without a plan, and the figures of the rate limit."""

    def __init__(self) -> None:
        self.planned: list[Planned] = []
        self.weather: Callable[[web.Request], Fault | None] = lambda _: None
        self.remaining = 100

    def plan(
        self,
        fault: Fault,
        *,
        method: str = "POST",
        path: str = "/posts",
        times: int = 1,
        retry_after: int = 1,
    ) -> None:
        """Let the next fitting requests fail."""
        self.planned.append(Planned(fault, method, path, times, retry_after))

    def take(self, request: web.Request) -> Planned | None:
        for planned in self.planned:
            if planned.times and planned.fits(request):
                planned.times -= 1
                return planned
        fault = self.weather(request)
        if fault is None:
            return None
        return Planned(fault, request.method, request.path, 1, retry_after=1)

    async def meet(
        self, planned: Planned, request: web.Request, handler: Handler
    ) -> web.StreamResponse:
        """Do it."""
        fault = planned.fault
        if fault is Fault.RATE_LIMIT:
            return web.Response(
                status=429,
                text="limit exceeded\n",
                headers={
                    "Retry-After": str(planned.retry_after),
                    "X-Ratelimit-Limit": "101",
                    "X-Ratelimit-Remaining": "0",
                    "X-Ratelimit-Reset": str(planned.retry_after),
                },
            )
        if fault in {Fault.RESET, Fault.LOST, Fault.LOST_502, Fault.HANG, Fault.COOKIE}:
            return await self._lose(fault, request, handler)
        if fault in {Fault.BAD_GATEWAY, Fault.HTML}:
            status = 502 if fault is Fault.BAD_GATEWAY else 200
            return web.Response(status=status, text=PAGE, content_type="text/html")
        if fault is Fault.REDIRECT:
            raise web.HTTPFound("https://login.example/")
        status, error_id = {
            Fault.UNAVAILABLE: (503, "api.unavailable"),
            Fault.FORBIDDEN: (403, "api.context.permissions.app_error"),
            Fault.GONE: (404, "app.channel.get.existing.app_error"),
            Fault.UNAUTHORIZED: (401, "api.context.session_expired.app_error"),
            Fault.PENDING: (500, "api.post.deduplicate_create_post.pending"),
        }[fault]
        return error(status, error_id)

    async def _lose(
        self, fault: Fault, request: web.Request, handler: Handler
    ) -> web.StreamResponse:
        response: web.StreamResponse = web.Response()
        if fault is not Fault.RESET:
            response = await handler(request)
        if fault is Fault.COOKIE:
            response.set_cookie("MMAUTHTOKEN", "a" * 26)
            return response
        if fault is Fault.LOST_502:
            return web.Response(status=502, text=PAGE, content_type="text/html")
        if fault is Fault.HANG:
            await asyncio.Event().wait()
        if request.transport is not None:
            request.transport.abort()
        return response


def error(status: int, error_id: str, message: str = "No.") -> web.Response:
    """An error as the API tells it."""
    value = {
        "id": error_id,
        "message": message,
        "detailed_error": "",
        "request_id": "r" * 26,
        "status_code": status,
    }
    return web.Response(
        body=json.dumps(value).encode(),
        status=status,
        headers={"Content-Type": "application/json"},
    )

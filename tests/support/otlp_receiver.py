"""A collector of traces: it receives spans by OTLP over HTTP, as the OpenTelemetry Collector does."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from sandbox.server import Server


@dataclass(frozen=True)
class ReceivedSpan:
    """A span, as the collector stores it. ``parent`` is empty for the first one of a trace."""

    name: str
    trace: str
    id: str
    parent: str
    process: str
    attributes: dict[str, str]
    is_error: bool


@dataclass
class Collector:
    """What was received. ``text`` is every word of it, without ids and times, in which any number may occur by chance."""

    url: str = ""
    spans: list[ReceivedSpan] = field(default_factory=list)
    text: str = ""
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def receive(self, request: web.Request) -> web.Response:
        """Store the spans of one request."""
        body = await request.read()
        async with self._changed:
            received = ExportTraceServiceRequest.FromString(body)
            self.text += json.dumps(_without_ids(MessageToDict(received)))
            self.spans += _read_spans(received)
            self._changed.notify_all()
        answer = ExportTraceServiceResponse().SerializeToString()
        return web.Response(body=answer, content_type="application/x-protobuf")

    async def until(self, is_there: Callable[[], bool], *, seconds: float = 120) -> None:
        """Wait until something is there."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(is_there)

    def named(self, name: str) -> list[ReceivedSpan]:
        """List the spans of a name."""
        return [span for span in self.spans if span.name == name]

    def of_trace(self, trace: str) -> list[ReceivedSpan]:
        """List the spans of a trace."""
        return [span for span in self.spans if span.trace == trace]


@asynccontextmanager
async def collector() -> AsyncIterator[Collector]:
    """Run a collector."""
    collector = Collector()
    app = web.Application()
    app.router.add_post("/v1/traces", collector.receive)
    server = Server(app)
    collector.url = await server.start()
    yield collector
    await server.stop()


def _without_ids(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_ids(inner) for key, inner in value.items() if not key.endswith(("Id", "Nano"))}
    return [_without_ids(inner) for inner in value] if isinstance(value, list) else value


def _read_spans(received: ExportTraceServiceRequest) -> list[ReceivedSpan]:
    spans = []
    for of_process in received.resource_spans:
        about = {one.key: one.value.string_value for one in of_process.resource.attributes}
        assert about["service.name"] == "tvbot"
        spans += [
            ReceivedSpan(
                span.name,
                span.trace_id.hex(),
                span.span_id.hex(),
                span.parent_span_id.hex(),
                about["tvbot.process"],
                {one.key: one.value.string_value for one in span.attributes},
                span.status.code == span.status.STATUS_CODE_ERROR,
            )
            for of_scope in of_process.scope_spans
            for span in of_scope.spans
        ]
    return spans

"""Make spans with OpenTelemetry's SDK, and send them by OTLP over HTTP. Imported only where traces are on: ``adapters/traces.py``.

The SDK reads its own variables: the endpoint, its headers, the sampler, the name of the service.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind as OtelKind
from opentelemetry.trace import StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from adapters.traces import Attributes, Span, SpanKind

SERVICE = "tvbot"
STOP_SECONDS = 2.0
"""Time limit for sending the last spans. A collector that is away must not hold a stop up."""
_W3C = TraceContextTextMapPropagator()
_HEADER = "traceparent"


class OtlpTracing:
    """Implements ``Tracing``. ``process`` is an attribute of every span."""

    def __init__(self, process: str) -> None:
        service = os.environ.get("OTEL_SERVICE_NAME") or SERVICE
        resource = Resource.create({"service.name": service, "tvbot.process": process})
        # Without the SDK's own hook at the end of the program: the bot stops it, within a time limit.
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer(SERVICE)

    @contextmanager
    def span(
        self, name: str, kind: SpanKind, attributes: Attributes, *, parent: str | None
    ) -> Iterator[None]:
        """Trace what happens inside. An error is noted by its class: its message may quote a person."""
        context = _W3C.extract({_HEADER: parent}, Context()) if parent is not None else None
        with self._tracer.start_as_current_span(
            name,
            context,
            OtelKind[kind.value],
            dict(attributes),
            record_exception=False,
            set_status_on_exception=False,
        ) as begun:
            try:
                yield
            except Exception as error:
                begun.set_attribute("error.type", type(error).__name__)
                begun.set_status(StatusCode.ERROR)
                raise

    def begin(self, name: str, kind: SpanKind, attributes: Attributes) -> Span | None:
        """Begin a span within the current trace. None where there is none."""
        if not trace.get_current_span().get_span_context().is_valid:
            return None
        return _BegunSpan(
            self._tracer.start_span(name, kind=OtelKind[kind.value], attributes=dict(attributes))
        )

    def current(self) -> str | None:
        """Return the current span as W3C's ``traceparent``. None where there is none."""
        carrier: dict[str, str] = {}
        _W3C.inject(carrier)
        return carrier.get(_HEADER)

    def stop(self) -> None:
        """Send what is not sent yet, for ``STOP_SECONDS`` at most."""
        # The SDK has no time limit of its own, so it gets a thread that the end of the program does not wait for.
        sending = threading.Thread(target=self._provider.shutdown, daemon=True)
        sending.start()
        sending.join(STOP_SECONDS)


class _BegunSpan:
    def __init__(self, begun: trace.Span) -> None:
        self._begun = begun

    def end(self, attributes: Attributes, *, is_error: bool) -> None:
        self._begun.set_attributes(dict(attributes))
        if is_error:
            self._begun.set_status(StatusCode.ERROR)
        self._begun.end()

"""Traces are off unless the environment names a collector, and a span says nothing about a person."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa
import structlog
from support.bot_in_memory import ANA, PRIVATE, BotInMemory, actor_of
from support.logging_to import captured_log
from support.otlp_receiver import Collector, collector
from support.ports import free_port

from adapters import traces
from adapters.engine.queue import JobQueue
from adapters.measured_commands import MeasuredDispatcher
from adapters.outside_calls import CallResult, MeasuredCall, System
from adapters.traces import SpanKind, job_span, span
from bot.commands import CommandRequest, Status
from bot.errors import Unavailable
from bot.i18n import Text
from bot.jobs import RefreshTechnicians
from bot.model.ids import CommandKey
from bot.model.technician import Platform
from bot.views.pages import View
from bot.views.parts import Reader
from storage.database import Database
from storage.migrate import upgrade_schema


class BrokenViews:
    """An answer format that fails, with an error that quotes a person."""

    def render(self, view: View, reader: Reader) -> str:
        del view, reader
        raise Unavailable(Text("ana@example.com is away."))

    def dump(self, answer: str) -> str:
        return answer

    def load(self, stored: str) -> str:
        return stored


@pytest.fixture
async def receiver(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Collector]:
    """A collector that the environment names. A test starts and stops the traces."""
    async with collector() as receiver:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)
        yield receiver


async def stop() -> None:
    await asyncio.to_thread(traces.stop_traces)


async def test_one_trace_from_the_command_over_the_job_to_the_call(receiver: Collector) -> None:
    traces.start_traces("web")
    with span("command create", SpanKind.SERVER, {"tvbot.word": "create"}):
        trace = traces.current_trace()
        assert trace is not None
    # Another process: nothing of the first one is current.
    assert traces.current_trace() is None
    with job_span("create_session", trace):
        MeasuredCall(System.TEAMVIEWER, "POST").end(CallResult.RATE_LIMITED)
    await stop()
    command, job, call = sorted(
        receiver.spans, key=lambda one: ("command", "job", "teamviewer").index(one.name.split()[0])
    )
    assert [one.trace for one in (command, job, call)] == [trace.split("-")[1]] * 3
    assert (command.parent, job.parent, call.parent) == ("", command.id, job.id)
    assert call.name == "teamviewer POST"
    assert call.attributes == {
        "tvbot.system": "teamviewer",
        "tvbot.method": "POST",
        "tvbot.result": "rate_limited",
    }
    assert (call.is_error, job.is_error) == (True, False)


async def test_job_and_call_that_no_command_led_to_are_not_traced(receiver: Collector) -> None:
    traces.start_traces("worker")
    with job_span("sweep", None):
        MeasuredCall(System.SLACK, "auth.test").end(CallResult.DONE)
    await stop()
    assert receiver.spans == []


async def test_error_is_named_by_its_class_alone(receiver: Collector) -> None:
    bot = BotInMemory()
    await bot.start()
    traces.start_traces("web")
    request = CommandRequest(CommandKey("k1"), actor_of(ANA), PRIVATE, Status())
    with pytest.raises(Unavailable):
        await MeasuredDispatcher(bot.services, Platform.SLACK).dispatch(request, BrokenViews())
    await stop()
    (command,) = receiver.spans
    assert command.is_error
    assert command.attributes == {
        "tvbot.platform": "slack",
        "tvbot.word": "status",
        "error.type": "Unavailable",
    }
    for private in (ANA.email, ANA.name, actor_of(ANA).user, PRIVATE.channel):
        assert private not in receiver.text


async def test_trace_is_stored_with_the_job_and_only_where_there_is_one(
    receiver: Collector, tmp_path: Path
) -> None:
    del receiver
    database = Database(f"sqlite:///{tmp_path}/tvbot.db")
    upgrade_schema(database)
    JobQueue.migrate(database)
    queue = JobQueue(database)
    traces.start_traces("web")
    async with database.writer.begin() as connection:
        await queue.enqueue(connection, RefreshTechnicians(), "by-itself", 0)
        with span("command status", SpanKind.SERVER, {}):
            await queue.enqueue(connection, RefreshTechnicians(), "of-a-command", 0)
            trace = traces.current_trace()
    await stop()
    queue.close()
    async with database.reader.connect() as connection:
        found = await connection.execute(sa.text("SELECT workflow_uuid, inputs FROM workflow_input"))
        arguments = {key: json.loads(inputs)["positionalArgs"][1:] for key, inputs in found}
    await database.close()
    assert arguments == {"by-itself": [], "of-a-command": [trace]}


async def test_log_has_the_id_of_the_trace(receiver: Collector) -> None:
    del receiver
    traces.start_traces("web")
    with captured_log("info", "json") as logged:
        log = structlog.get_logger("bot")
        log.info("outside")
        with span("command status", SpanKind.SERVER, {}):
            log.info("inside")
            trace = traces.current_trace_id()
    await stop()
    outside, inside = (json.loads(line) for line in logged.getvalue().splitlines())
    assert "trace" not in outside
    assert trace is not None
    assert inside["trace"] == trace


async def test_without_a_collector_nothing_is_traced(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in traces.ENDPOINTS:
        monkeypatch.delenv(name, raising=False)
    traces.start_traces("web")
    with span("command status", SpanKind.SERVER, {}):
        assert traces.current_trace() is None
        assert traces.current_trace_id() is None
    traces.stop_traces()


async def test_opentelemetry_can_be_switched_off(
    receiver: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    del receiver
    assert traces.are_wanted()
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    assert not traces.are_wanted()


async def test_bot_without_the_packages_starts_and_says_what_is_missing(
    receiver: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "adapters.otlp", None)
    with captured_log("info", "json") as logged:
        traces.start_traces("web")
    assert json.loads(logged.getvalue())["event"] == "no traces: install tvbot[traces]"
    assert traces.current_trace() is None
    assert receiver.spans == []


async def test_collector_that_is_away_holds_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setattr("adapters.otlp.STOP_SECONDS", 0.05)
    traces.start_traces("web")
    with span("command status", SpanKind.SERVER, {}):
        pass
    await stop()
    assert traces.current_trace() is None

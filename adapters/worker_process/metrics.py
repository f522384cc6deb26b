"""The metrics of both processes in one scrape: the worker's samples have the label ``process="worker"``."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from prometheus_client import REGISTRY
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

Family = Sequence[Any]
"""Name, type, text, and the samples of it (name, labels, value): a family of metrics as JSON has it."""


def collect_families() -> list[Family]:
    """Return the metrics of this process, to be sent to the other one."""
    return [
        [
            family.name,
            family.type,
            family.documentation,
            [[sample.name, sample.labels, sample.value] for sample in family.samples],
        ]
        for family in REGISTRY.collect()
    ]


class BothProcesses(Collector):
    """The metrics of this process, and those that the worker sent last."""

    def __init__(self, of_worker: Callable[[], Iterable[Family]]) -> None:
        self._of_worker = of_worker

    def collect(self) -> Iterable[Metric]:
        """Yield each family once, with the samples of both processes."""
        sent = {family[0]: family for family in self._of_worker()}
        for family in REGISTRY.collect():
            yield _add_samples(family, sent.pop(family.name, None))
        for name, kind, text, samples in sent.values():
            yield _add_samples(Metric(name, text, kind), [name, kind, text, samples])


def _add_samples(family: Metric, sent: Family | None) -> Metric:
    for name, labels, value in sent[3] if sent else ():
        family.add_sample(name, {**labels, "process": "worker"}, value)
    return family

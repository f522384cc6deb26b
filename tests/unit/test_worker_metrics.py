"""The metrics of both processes come with one scrape, each family once."""

from prometheus_client import REGISTRY, Counter, generate_latest

from adapters.worker_process.metrics import BothProcesses

JOBS = Counter("test_worker_jobs_total", "Jobs that were run.", ["kind"])


def test_samples_of_the_worker_have_a_label_and_share_the_family() -> None:
    JOBS.labels("create").inc(2)
    sent = [
        ["test_worker_jobs", "counter", "Jobs.", [["test_worker_jobs_total", {"kind": "create"}, 5.0]]],
        ["test_only_there", "gauge", "Only in the worker.", [["test_only_there", {}, 7.0]]],
    ]
    text = generate_latest(BothProcesses(lambda: sent)).decode()
    assert text.count("# TYPE test_worker_jobs_total counter") == 1
    assert 'test_worker_jobs_total{kind="create"} 2.0' in text
    assert 'test_worker_jobs_total{kind="create",process="worker"} 5.0' in text
    assert 'test_only_there{process="worker"} 7.0' in text


def test_without_a_worker_nothing_is_added() -> None:
    assert 'process="worker"' not in generate_latest(BothProcesses(list)).decode()
    assert {family.name for family in BothProcesses(list).collect()} >= {
        family.name for family in REGISTRY.collect()
    }

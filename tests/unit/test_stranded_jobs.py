"""Which jobs are stranded: those that the engine counts as running here, and that do not run."""

from adapters.engine.stranded_jobs import LOOKS, StrandedJobs


def test_job_that_did_not_run_at_several_looks_is_stranded_once() -> None:
    jobs = StrandedJobs("only")
    for _look in range(LOOKS - 1):
        assert jobs.find(["a"]) == []
    assert jobs.find(["a"]) == ["a"]
    assert jobs.find(["a"]) == [], "it is being resumed"


def test_job_that_runs_is_not_stranded() -> None:
    jobs = StrandedJobs("only")
    with jobs.running("a"):
        assert [jobs.find(["a"]) for _look in range(2 * LOOKS)] == [[]] * (2 * LOOKS)


def test_job_that_was_seen_to_run_in_between_is_not_stranded() -> None:
    jobs = StrandedJobs("only")
    for _look in range(LOOKS - 1):
        jobs.find(["a"])
    with jobs.running("a"):
        jobs.find(["a"])
    assert jobs.find(["a"]) == []


def test_job_that_got_its_outcome_in_between_is_not_stranded() -> None:
    jobs = StrandedJobs("only")
    for _look in range(LOOKS - 1):
        jobs.find(["a"])
    jobs.find([])
    assert jobs.find(["a"]) == []

"""Ports for the servers that tests start: below those that the system hands out, and apart for each process of the run."""

import itertools
import os
import socket

_FIRST, _EACH = 20000, 1000
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 10
_mine = range(_FIRST + _worker * _EACH, _FIRST + (_worker + 1) * _EACH)
# Several runs on one machine begin at different places: a port is free until its server has started.
_ports = itertools.islice(itertools.cycle(_mine), os.getpid() * 97 % _EACH, None)


def free_port() -> int:
    """A port that is free, and that nobody else in this run is given."""
    for port in itertools.islice(_ports, _EACH):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no port is free")

"""The worker of ``tvbot serve``: a process of its own, which the web server's process starts and watches."""

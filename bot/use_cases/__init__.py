"""The verbs: each decides inside one transaction what a command comes to, and hands outside work to a job."""

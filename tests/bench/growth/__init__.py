"""What grows with use must not grow in cost: `python -m tests.bench.growth`."""

"""What a replication costs, as ratios to a bare SimPy loop: `python -m benchmarks`."""

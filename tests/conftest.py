"""What all tests share: how hypothesis looks for examples."""

import hypothesis

# Without a deadline, since cores are shared, and without chance, so that a failure is there again in the next run.
hypothesis.settings.register_profile("peacesim", deadline=None, derandomize=True)
hypothesis.settings.load_profile("peacesim")

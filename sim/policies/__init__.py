"""What a policy decides by pure rules: where tours go (:mod:`sim.policies.routing`)."""

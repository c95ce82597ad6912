"""The processes of the model: what waits or decides. Each gets what it needs as arguments."""

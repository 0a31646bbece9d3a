"""Time grows with the size of what comes in: a suite of its own, because it measures the processor."""

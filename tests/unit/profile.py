"""How much hypothesis tries: little enough for a suite that is run at every change."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "quick", max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
settings.load_profile("quick")

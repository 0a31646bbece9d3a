"""``chaosmonkey.api.api_errors`` is what plugins use of it."""

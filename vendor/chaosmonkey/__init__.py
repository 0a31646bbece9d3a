"""The import names of the original engine, for plugins that were written for it. They lead to this engine's own."""

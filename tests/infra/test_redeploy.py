"""The running local engine notices a source that is new, changed or gone."""

import os
from itertools import pairwise
from pathlib import Path

from infra.local.redeploy import sources


def test_a_plugin_that_is_new_changed_or_gone_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "plugins" / "attacks").mkdir(parents=True)
    plugin, other = tmp_path / "plugins" / "attacks" / "own.py", tmp_path / "plugins" / "notes.txt"
    seen = [sources(tmp_path)]
    for change in (plugin.touch, lambda: os.utime(plugin, (1, 1)), plugin.unlink):
        change()
        seen.append(sources(tmp_path))
    other.touch()
    assert [before != after for before, after in pairwise(seen)] == [True] * 3
    assert sources(tmp_path) == seen[-1]

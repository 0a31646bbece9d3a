"""Decide whether an attack may run: one guard a file, asked in the order of ``chain``.

A guard is a function of the ``DueContext`` that returns why it blocks the attack, or None. Guards fail closed: one that
cannot be evaluated raises ``CannotEvaluate``, and blocks the attack too.
"""

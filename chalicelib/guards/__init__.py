"""What may hold an attack back, one guard a file, in the order of ``chain``.

A guard is a function of the ``Moment`` that returns why the attack is not to be, or None; one that cannot tell raises
``CannotTell``, and that refuses as well.
"""

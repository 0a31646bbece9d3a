"""Define what the engine needs from its adapters, in the words of the domain.

One contract suite (tests/contract) holds every adapter to these promises. Every method may raise ``Unavailable``, and
else only what its docstring names.
"""

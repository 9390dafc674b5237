"""The compiled calculator: a programme as flat tables and the kernel that prices a basket."""

from .compiled import Compiled, compile_programme

__all__ = ["Compiled", "compile_programme"]

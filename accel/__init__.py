"""The compiled calculator: a programme as flat tables and the kernel that prices a basket."""

from .compiled import Compiled, Explain, compile_programme
from .examples import check_examples

__all__ = ["Compiled", "Explain", "check_examples", "compile_programme"]

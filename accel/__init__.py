"""The compiled calculator: a programme as flat tables and the kernel that prices a basket."""

from .compiled import Compiled, Explain, compile_programme
from .examples import Difference, ExampleResult, check_examples, example_figures, try_examples
from .returns import repricing

__all__ = [
    "Compiled",
    "Difference",
    "ExampleResult",
    "Explain",
    "check_examples",
    "compile_programme",
    "example_figures",
    "repricing",
    "try_examples",
]

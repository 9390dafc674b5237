"""The same answer from every process and every thread."""

import hashlib
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

from comparing import compiled_of
from dice import thrown

from tillgate.accel import Compiled
from tillgate.core import Basket, answer_document, parse_basket

SEEDS = range(1, 120)
SCRIPT = "import sys; sys.path.insert(0, sys.argv[1]); import test_same_bytes; print(test_same_bytes.digest())"


def bytes_of(compiled: Compiled, basket: Basket) -> bytes:
    return json.dumps(answer_document(compiled.price(basket))).encode()


def digest() -> str:
    """Of the answers of some throws, sentences included."""
    found = hashlib.sha256()
    for seed in SEEDS:
        programme, baskets = thrown(seed, 2, extreme=False)
        compiled = compiled_of(programme)
        for basket in baskets:
            found.update(bytes_of(compiled, parse_basket(basket, compiled.points_digits)))
    return found.hexdigest()


def test_every_process_gives_the_same_bytes() -> None:
    here = digest()
    for hashes in ("0", "1", "4294967295"):
        command = [sys.executable, "-c", SCRIPT, str(Path(__file__).parent)]
        environment = os.environ | {"PYTHONHASHSEED": hashes}
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert ran.stdout.strip() == here, f"PYTHONHASHSEED={hashes}"


def test_eight_threads_with_one_programme_give_the_bytes_of_one_while_others_compile() -> None:
    programme, baskets = thrown(7, 40, "accrual", extreme=False)
    compiled = compiled_of(programme)
    read = [parse_basket(basket, compiled.points_digits) for basket in baskets]
    expected = [bytes_of(compiled, basket) for basket in read]
    wrong: list[int] = []
    start, done = threading.Barrier(10), threading.Event()

    def pricing(first: int) -> None:
        start.wait()
        for k in range(600):
            at = (k + first) % len(read)
            if bytes_of(compiled, read[at]) != expected[at]:
                wrong.append(at)

    def compiling(first: int) -> None:
        start.wait()
        seed = first
        while not done.is_set():
            other, bought = thrown(seed, 1, extreme=False)
            fresh = compiled_of(other)
            bytes_of(fresh, parse_basket(bought[0], fresh.points_digits))
            seed += 2

    pricers = [threading.Thread(target=pricing, args=(k * 5,)) for k in range(8)]
    compilers = [threading.Thread(target=compiling, args=(k + 1,)) for k in range(2)]
    for thread in (*pricers, *compilers):
        thread.start()
    for thread in pricers:
        thread.join()
    done.set()
    for thread in compilers:
        thread.join()
    assert wrong == []

"""What the POS vendor's page tells to do works, word for word."""

import re
import subprocess
import sys
from pathlib import Path

from shop import open_shop

PAGE = Path(__file__).parents[2] / "docs" / "pos-quickstart.md"


def test_the_example_sells_on_a_running_gateway(tmp_path: Path) -> None:
    snippets = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(snippets) == 1
    with open_shop(tmp_path) as shop:
        (tmp_path / "lane.token").write_text(shop.token)
        program = snippets[0].replace("127.0.0.1:7420", shop.address)
        program = program.replace("build/demo/lane.token", str(tmp_path / "lane.token"))
        run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    assert re.search(r"^to pay \d+", run.stdout, re.MULTILINE)
    assert run.stdout.rstrip().endswith("refused: REQUEST_ID_REUSED")


def test_the_command_that_generates_the_contracts_does(tmp_path: Path) -> None:
    command = re.search(r"^python (-m grpc_tools.protoc .*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert command
    line = command[1].replace(
        "--python_out=. --grpc_python_out=.", f"--python_out={tmp_path} --grpc_python_out={tmp_path}"
    )
    run = subprocess.run(
        f"{sys.executable} {line}", shell=True, cwd=PAGE.parents[1], capture_output=True, text=True, timeout=60
    )
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "tillgate" / "pos" / "v1" / "checkout_service_pb2_grpc.py").exists()

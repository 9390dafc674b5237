"""Make .venv from nothing but Python 3.11 and a C compiler, saying what happens. Standard library only.

Usage: python3 scripts/bootstrap.py EXTRA[,EXTRA...] [--debian PACKAGE=FILE ...]

`--debian PACKAGE=FILE` installs a Debian package when FILE is missing (a pattern; as root, with apt-get).
Does nothing when nothing changed since the last time.
"""

import glob
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "bootstrap-stamp"


def main(arguments: list[str]) -> int:
    extras = arguments[0]
    debian = dict(item.split("=", 1) for item in arguments[1:] if "=" in item)
    if sys.version_info < (3, 11):  # noqa: UP036  Whoever starts this may have an older one.
        return fail(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}; set PYTHON=python3.11")
    missing = {package for package, pattern in debian.items() if not glob.glob(pattern)}  # noqa: PTH207  Absolute.
    missing |= what_python_lacks()
    if missing and not install_debian(sorted(missing)):
        return 1
    wanted, digest = set(extras.split(",")), stamp()
    recorded = STAMP.read_text().split() if STAMP.exists() else ["", ""]
    if recorded[0] == digest and wanted <= set(recorded[1].split(",")):
        return 0
    if recorded[0]:
        wanted |= set(recorded[1].split(","))
    started = time.monotonic()
    if not (VENV / "bin" / "python").exists():
        say("making .venv")
        venv.create(VENV, with_pip=True, symlinks=True)
    say("installing the build tools")
    if not pip("--upgrade", *build_requirements()):
        return 1
    everything = ",".join(sorted(wanted))
    say(f"building tillgate[{everything}] and installing what it needs")
    if not pip("--no-build-isolation", "-e", f".[{everything}]"):
        return 1
    STAMP.write_text(f"{stamp()} {everything}")
    say(f"built in {time.monotonic() - started:.0f} s")
    return 0


def pip(*arguments: str) -> bool:
    """Install, showing one line that counts; the whole output only when it fails."""
    command = [str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--no-color", "install"]
    run = subprocess.Popen(
        [*command, *arguments], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert run.stdout is not None
    lines, count = [], 0
    for line in run.stdout:
        lines.append(line)
        if line.startswith(("Collecting ", "Requirement already", "Building ", "Installing ")):
            count += 1
            show(f"  {count:3d}  {' '.join(line.split()[:2])[:70]}")
    show("")
    if run.wait():
        return not fail("pip could not do it. Is the package index reachable?\n" + "".join(lines[-40:]))
    return True


def show(text: str) -> None:
    """A line that the next one overwrites; in a file, nothing."""
    if sys.stdout.isatty():
        print(f"\r\033[K{text}", end="", flush=True)


def what_python_lacks() -> set[str]:
    """Debian splits Python: what a virtual environment and a C extension need may not be there."""
    lacks = set()
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        lacks.add(f"{version}-venv")
    if not Path(sysconfig.get_path("include"), "Python.h").exists():
        lacks.add(f"{version}-dev")
    if not any(shutil.which(name) for name in (os.environ.get("CC", "cc"), "gcc", "clang")):
        lacks.add("gcc")
    return lacks


def install_debian(packages: list[str]) -> bool:
    """apt-get as root; otherwise the command to give to somebody who is."""
    command = f"apt-get install -y --no-install-recommends {' '.join(packages)}"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        fail(f"missing: {', '.join(packages)}. Run: sudo {command}")
        return False
    say(f"installing Debian packages: {', '.join(packages)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in ("apt-get update -q", command):
        run = subprocess.run(step.split(), env=environment, capture_output=True, text=True)
    if run.returncode:
        fail(f"`{command}` failed:\n{run.stdout[-1000:]}{run.stderr[-1000:]}")
    return run.returncode == 0


def build_requirements() -> list[str]:
    import tomllib

    requirements: list[str] = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    return requirements


def stamp() -> str:
    """Changes when anything that is compiled, generated or installed does, or its result is gone."""
    digest = hashlib.sha256(f"{sys.version} {ROOT}".encode())
    sources = [ROOT / "setup.py", ROOT / "pyproject.toml", *sorted(ROOT.glob("protos/**/*.proto"))]
    sources += [path for path in sorted(ROOT.glob("accel/*")) if path.suffix in (".pyx", ".pxd", ".pxi", ".h")]
    for source in sources:
        digest.update(source.read_bytes())
    built = any(ROOT.glob("protos/**/*_pb2.py")) and any(ROOT.glob("accel/*.so"))
    return digest.hexdigest() if built else "unbuilt"


def say(text: str) -> None:
    print(f"\033[1m[tillgate]\033[0m {text}" if sys.stdout.isatty() else f"[tillgate] {text}", flush=True)


def fail(text: str) -> int:
    print(f"[tillgate] {text}", file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

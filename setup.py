"""What pyproject.toml cannot say: folders become one namespace, contracts become Python, the calculator becomes C."""

import subprocess
import sys
from pathlib import Path

import polib
from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
PROTOS = ROOT / "protos"
FOLDERS = ("core", "accel", "plugins", "gateway", "central")
SURFACES = ("type", "pos", "admin", "sync", "driver")


def packages_below(folder: Path, name: str) -> dict[str, str]:
    """Map import names to folders, for the folder and everything below it; folders of data count as packages too."""
    found = {name: str(folder.relative_to(ROOT))}
    for below in sorted(path for path in folder.rglob("*") if path.is_dir() and path.name != "__pycache__"):
        if any(child.is_file() for child in below.iterdir()):
            found[".".join((name, *below.relative_to(folder).parts))] = str(below.relative_to(ROOT))
    return found


def generate_contracts() -> None:
    """Write *_pb2.py, *_pb2_grpc.py and their typed stubs beside the contracts."""
    sources = sorted(str(path.relative_to(PROTOS)) for path in PROTOS.rglob("*.proto"))
    outputs = ("python", "grpc_python", "mypy", "mypy_grpc")
    scripts = Path(sys.executable).parent
    plugins = [
        f"--plugin={path}" for path in (scripts / "protoc-gen-mypy", scripts / "protoc-gen-mypy_grpc") if path.exists()
    ]
    command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{PROTOS}", *plugins]
    subprocess.run([*command, *(f"--{kind}_out={PROTOS}" for kind in outputs), *sources], check=True, cwd=PROTOS)


def compile_translations() -> None:
    """Write the binary catalogue beside every .po file."""
    for source in sorted(ROOT.glob("central/locale/*/LC_MESSAGES/*.po")):
        polib.pofile(str(source)).save_as_mofile(str(source.with_suffix(".mo")))


class BuildWithContracts(build_py):
    """Generate before packing, also when the installation is editable."""

    def run(self) -> None:
        generate_contracts()
        compile_translations()
        super().run()


package_dir: dict[str, str] = {}
for folder in FOLDERS:
    package_dir |= packages_below(ROOT / folder, f"tillgate.{folder}")
for surface in SURFACES:
    package_dir[f"tillgate.{surface}"] = f"protos/tillgate/{surface}"
    package_dir[f"tillgate.{surface}.v1"] = f"protos/tillgate/{surface}/v1"

setup(
    packages=sorted(package_dir),
    package_dir=package_dir,
    package_data={"": ["*"]},
    exclude_package_data={"": ["*.c", "*.h", "*.pyx", "*.pxd", "*.pxi", "*.so"]},
    ext_modules=cythonize(
        [
            Extension(f"tillgate.accel.{source.stem}", [str(source.relative_to(ROOT))], extra_compile_args=["-O3"])
            for source in sorted((ROOT / "accel").glob("*.pyx"))
        ],
        language_level=3,
    ),
    cmdclass={"build_py": BuildWithContracts},
)

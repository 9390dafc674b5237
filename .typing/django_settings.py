"""Settings with which the type checker loads the central's models: a home of its own, no database."""

import os
import tempfile
from pathlib import Path

from tillgate.central.home import HOME_VARIABLE, create_home

with tempfile.TemporaryDirectory() as folder:
    os.environ[HOME_VARIABLE] = folder
    create_home(Path(folder))
    from tillgate.central.settings import *  # noqa: F403

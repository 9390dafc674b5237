"""What holds for every test: the machine's speed and language are no part of it."""

import os

from hypothesis import settings

# Commands speak the language of the environment.
os.environ["LC_ALL"] = "C.UTF-8"
settings.register_profile("tillgate", deadline=None, print_blob=True)
settings.load_profile("tillgate")

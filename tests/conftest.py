"""What holds for every test: the machine's speed and language are no part of it."""

import os

from hypothesis import HealthCheck, settings

# Commands speak the language of the environment.
os.environ["LC_ALL"] = "C.UTF-8"
# A test waits for its examples, too: the first ones of a fresh checkout need tables of all letters.
slow = [HealthCheck.too_slow]
settings.register_profile("tillgate", deadline=None, suppress_health_check=slow, print_blob=True)
settings.load_profile("tillgate")

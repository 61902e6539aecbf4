"""Makes `registry_objects`, beside the tests, importable under whatever import mode pytest runs."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

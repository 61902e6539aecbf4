"""Run under strace by test_durability: receives large documents one after the other, with marks between them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from django.conf import settings

settings.configure(CARNET_BLOBS=Path(sys.argv[1]), CARNET_ANTIVIRUS=None)

from carnet.kernel import blobs  # noqa: E402 (settings come first)

for _ in range(int(sys.argv[2])):
    os.path.exists("/put-begins")
    blobs.from_bytes(bytes(200_000))
    os.path.exists("/put-acknowledged")

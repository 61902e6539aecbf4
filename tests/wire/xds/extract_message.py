"""An MTOM message out of a log of HTTP requests: `python extract_message.py LOG MESSAGE`.

Published logs print a request line and headers, then the body. The ITI-41 sample of the Swiss community has lost on
the way the declaration of one namespace prefix, and its headers announce another boundary than the body uses: the
boundary is read from the body's first line, and the prefix is declared again. Nothing else is touched.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

# The first line of a multipart body: two hyphens and a boundary that CXF makes of a UUID.
_DELIMITER = re.compile(rb"^--(uuid:[0-9a-fA-F-]{36})\r?$", re.MULTILINE)
_ROOT = re.compile(rb"^Content-ID:[ \t]*(<[^>\r\n]+>)", re.MULTILINE | re.IGNORECASE)
_SECURITY = b"<wsse:Security>"
_DECLARED = (
    b'<wsse:Security xmlns:wsse="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd">'
)


def extract(log: bytes) -> tuple[str, bytes]:
    """The Content-Type and the body of the first multipart message of a log. Raises ValueError without one."""
    found = _DELIMITER.search(log)
    if found is None:
        raise ValueError("no multipart body")
    body = log[found.start() :]
    root = _ROOT.search(body)
    if root is None:
        raise ValueError("no Content-ID in the first part")
    start = root.group(1).decode("ascii")
    content_type = f'multipart/related; boundary="{found.group(1).decode("ascii")}"; start="{start}"'
    return content_type, body.replace(_SECURITY, _DECLARED)


def main(arguments: list[str]) -> int:
    """Write the message and print its Content-Type. 0: done, 1: the log holds no message."""
    log, message = map(Path, arguments)
    try:
        content_type, body = extract(log.read_bytes())
    except ValueError as error:
        print(f"{log}: {error}", file=sys.stderr)
        return 1
    message.write_bytes(body)
    print(content_type)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

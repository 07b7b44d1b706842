# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""gzip of bodies, in and out, within the limits of bodies that are not compressed."""

from __future__ import annotations

import zlib

from .errors import RequestError
from .messages import Request, Response

# zlib's window for gzip's own header and checksum.
GZIP = 16 + zlib.MAX_WBITS
# Shorter answers travel in a packet or two anyway. The fastest level: an answer is compressed on the event loop.
LEAST_BYTES, LEVEL = 4096, 1


def unpacked(request: Request, max_bytes: int) -> bytes:
    """The body as it was before its Content-Encoding.

    :param max_bytes: of a body, compressed or not.
    :raises RequestError: 400 for what is no gzip, 413 for what would be too large, 415 for other encodings.
    """
    encoding = request.headers.get("CONTENT_ENCODING", "identity").strip().lower()
    if encoding == "identity":
        return request.body
    if encoding not in ("gzip", "x-gzip"):
        raise RequestError(415, "Content-Encoding: expected gzip, or none", (("Accept-Encoding", "gzip"),))
    reader = zlib.decompressobj(GZIP)
    try:
        body = reader.decompress(request.body, max_bytes + 1)
    except zlib.error:
        raise RequestError(400, "the body is not gzip, as its Content-Encoding says") from None
    if len(body) > max_bytes:
        raise RequestError(413, f"the body is larger than {max_bytes} bytes when it is unpacked")
    if not reader.eof or reader.unused_data:
        raise RequestError(400, "the body is not one whole gzip, as its Content-Encoding says")
    return body


def packed(request: Request, response: Response) -> Response:
    """The response, compressed where the client takes that and it is long enough."""
    if len(response.body) < LEAST_BYTES or not takes_gzip(request.headers.get("ACCEPT_ENCODING", "")):
        return response
    writer = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP)
    body = writer.compress(response.body) + writer.flush()
    headers = (*response.headers, ("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding"))
    return Response(response.status, body, response.content_type, headers)


def takes_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding names gzip, and not with a weight of 0."""
    for part in accepted.lower().split(","):
        name, _unused, weight = part.partition(";")
        if name.strip() == "gzip":
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False

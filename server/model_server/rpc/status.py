# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a refusal's status is in gRPC."""

from __future__ import annotations

import grpc
import orjson

from ..api.messages import Response

CODES = {
    400: grpc.StatusCode.INVALID_ARGUMENT,
    401: grpc.StatusCode.UNAUTHENTICATED,
    404: grpc.StatusCode.NOT_FOUND,
    # A request that came too slowly.
    408: grpc.StatusCode.DEADLINE_EXCEEDED,
    # As gRPC itself answers a message that is too large.
    413: grpc.StatusCode.RESOURCE_EXHAUSTED,
    422: grpc.StatusCode.INVALID_ARGUMENT,
    500: grpc.StatusCode.INTERNAL,
    # Clients and proxies try again.
    503: grpc.StatusCode.UNAVAILABLE,
    504: grpc.StatusCode.DEADLINE_EXCEEDED,
}
MOST_DETAILS = 1000


def refusal(response: Response) -> tuple[grpc.StatusCode, str]:
    """The code and the text of a refusal."""
    text = orjson.loads(response.body)["error"]
    return CODES.get(response.status, grpc.StatusCode.UNKNOWN), text[:MOST_DETAILS]

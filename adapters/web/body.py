"""Read the body of a request up to a limit, whatever the request says about its size."""

from aiohttp import web


async def read_body(request: web.Request, limit: int) -> bytes:
    """Return the body, decompressed. ``limit`` is in bytes. A body in chunks, or a compressed one, names no size.

    Raises HTTPRequestEntityTooLarge, and RequestPayloadError where the body is not compressed as its header says.
    """
    if (request.content_length or 0) > limit:
        raise web.HTTPRequestEntityTooLarge(limit, request.content_length or 0)
    body = bytearray()
    async for part in request.content.iter_any():
        body += part
        if len(body) > limit:
            raise web.HTTPRequestEntityTooLarge(limit, len(body))
    return bytes(body)

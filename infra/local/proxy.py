"""http://localhost:PORT, which passes requests on to API Gateway and its answers back, and does nothing else.

Path, query, headers (Host among them) and body stay what they were, so that links can be followed and signatures hold.
"""

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, web
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

LARGEST_BODY = 10 * 1024 * 1024
"""API Gateway's own limit, which MiniStack does not know."""
SECONDS_TO_ANSWER = 60.0
"""More than API Gateway's 29: the first call of a function takes longer here than there."""
HOP_BY_HOP = ("Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade")
NOT_OURS_TO_ADD = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")


class Proxy:
    """Listens on one port, and passes on to one upstream."""

    def __init__(self, host: str, port: int, upstream: str) -> None:
        self._host, self._port, self._upstream = host, port, upstream
        self._session: ClientSession | None = None
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Begin to listen. Raises ``OSError`` where the port is taken."""
        self._session = ClientSession(
            auto_decompress=False, cookie_jar=DummyCookieJar(), timeout=ClientTimeout(total=SECONDS_TO_ANSWER)
        )
        app = web.Application(client_max_size=LARGEST_BODY)
        app.router.add_route("*", "/{path:.*}", self._pass_on)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1, auto_decompress=False)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()

    async def stop(self) -> None:
        """Stop listening; what is being answered has a second left."""
        if self._runner is not None:
            await self._runner.cleanup()
        if self._session is not None:
            await self._session.close()

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        if not (request.path == "/api" or request.path.startswith("/api/")):
            # Only the API is here; on AWS another path would be another stage.
            return web.json_response({"message": "Forbidden"}, status=403)
        if self._session is None:
            raise RuntimeError("the proxy passes nothing on before it is started")
        try:
            async with self._session.request(
                request.method,
                URL(self._upstream + request.raw_path, encoded=True),
                headers=_to_pass(request.headers),
                data=await request.read() if request.can_read_body else None,
                skip_auto_headers=NOT_OURS_TO_ADD,
                allow_redirects=False,
            ) as answer:
                return web.Response(status=answer.status, headers=_to_pass(answer.headers), body=await answer.read())
        except web.HTTPRequestEntityTooLarge:
            return web.json_response({"message": "Request Too Long"}, status=413)
        except (ClientError, TimeoutError) as error:
            return web.json_response({"message": f"API Gateway did not answer: {error}"}, status=504)


def _to_pass(headers: CIMultiDictProxy[str]) -> CIMultiDict[str]:
    """What goes on to the other side: all but what concerns one connection alone."""
    passed = CIMultiDict(headers)
    for name in (*HOP_BY_HOP, "Content-Length"):
        passed.popall(name, None)
    return passed

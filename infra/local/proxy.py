"""Pass requests to http://localhost:PORT on to API Gateway, and its answers back.

Path, query, headers (Host among them) and body stay unchanged, so that links work and signatures are valid. Requests
that a web page of another origin could send are refused (``infra/local/browsers.py``).
"""

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, web
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from infra.local.browsers import Browsers
from infra.local.guide import API, WELCOME, lost

LARGEST_BODY = 10 * 1024 * 1024
"""API Gateway's own limit, which MiniStack does not enforce."""
SECONDS_TO_ANSWER = 60.0
"""More than API Gateway's 29 seconds, because a cold start takes longer here than on AWS."""
HOP_BY_HOP = ("Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade")
UNKNOWN = b"Missing Authentication Token"
"""API Gateway's words for a path or a method that no route serves."""
NOT_OURS_TO_ADD = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")


class Proxy:
    """An HTTP proxy from one port to one upstream."""

    def __init__(
        self, host: str, port: int, upstream: str, browsers: Browsers | None = None, *, signed: bool = False
    ) -> None:
        self._host, self._port, self._upstream, self._signed = host, port, upstream, signed
        self._browsers = browsers or Browsers.of(port)
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
        """Stop listening. Running requests have one second left."""
        if self._runner is not None:
            await self._runner.cleanup()
        if self._session is not None:
            await self._session.close()

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        if request.path == "/":
            return web.Response(text=WELCOME, content_type="text/html")
        if not (request.path == "/api" or request.path.startswith("/api/")):
            # API Gateway would take another path for another stage.
            return web.json_response({"message": f"there is nothing at {request.path}: try {API}/"}, status=404)
        if refusal := self._browsers.refusal(request.method, request.headers):
            return web.json_response({"message": refusal}, status=403)
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
                headers = self._browsers.answered(_to_pass(answer.headers), request.headers.get("Origin"))
                body = await answer.read()
            if answer.status == 403 and UNKNOWN in body and not self._signed:
                return await self._lost(self._session, request)
            return web.Response(status=answer.status, headers=headers, body=body)
        except web.HTTPRequestEntityTooLarge:
            return web.json_response({"message": "Request Too Long"}, status=413)
        except (ClientError, TimeoutError) as error:
            return web.json_response({"message": f"API Gateway did not answer: {error}"}, status=504)

    async def _lost(self, session: ClientSession, request: web.Request) -> web.Response:
        async with session.get(f"{self._upstream}{API}/openapi.json", headers={"Host": request.host}) as described:
            status, message, methods = lost(request.method, request.path, await described.json(content_type=None))
        allow = {"Allow": ", ".join(methods)} if methods else {}
        return web.json_response({"message": message}, status=status, headers=allow)


def _to_pass(headers: CIMultiDictProxy[str]) -> CIMultiDict[str]:
    """Return the headers to pass on: all but those of a single connection."""
    passed = CIMultiDict(headers)
    for name in (*HOP_BY_HOP, "Content-Length"):
        passed.popall(name, None)
    return passed

"""AWS as it answers from afar: every request after 30 ms, with as little as its client will take.

``python -m infra.bench.slow_server PORT``; ends when its standard input does.
"""

import asyncio
import json
import sys

from aiohttp import web

SECONDS = 0.030
"""About what DynamoDB and EventBridge Scheduler take to answer a Lambda in their Region."""
ANSWERS = {
    "BatchGetItem": {"Responses": {}, "UnprocessedKeys": {}},
    "BatchWriteItem": {"UnprocessedItems": {}},
    "PutEvents": {"FailedEntryCount": 0, "Entries": []},
    "TransactWriteItems": {},
    "UpdateItem": {"Attributes": {}},
}


async def answer(request: web.Request) -> web.Response:
    """To what DynamoDB and EventBridge name in a header, and to Scheduler's CreateSchedule, which has a path."""
    await request.read()
    await asyncio.sleep(SECONDS)
    operation = request.headers.get("X-Amz-Target", "").rpartition(".")[2]
    if not operation:
        return web.json_response({"ScheduleArn": f"arn:aws:scheduler:us-east-1:123456789012:schedule{request.path}"})
    return web.Response(text=json.dumps(ANSWERS[operation]), content_type="application/x-amz-json-1.0")


async def serve(port: int) -> None:
    """Until standard input ends."""
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))

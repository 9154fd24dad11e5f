"""The package `websockets` under test: an echo server, or a driver of a fuzzing server's cases.

python_websockets.py server [--tls-cert PEM --tls-key PEM]
python_websockets.py client --url URL --agent NAME [--ca-file PEM]
"""

import argparse
import asyncio
import ssl
import sys
from urllib.parse import quote

from websockets.asyncio.client import connect
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed, WebSocketException

# A ping in between would only make runs differ.
SETTINGS = {"max_size": 64 * 1024 * 1024, "ping_interval": None}


async def echo(connection):
    try:
        async for message in connection:
            await connection.send(message)
    except ConnectionClosed as error:
        print(error, file=sys.stderr)


async def run_server(options):
    context = None
    if options.tls_cert:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.tls_cert, options.tls_key)
    async with serve(echo, "127.0.0.1", 0, ssl=context, **SETTINGS) as server:
        port = server.sockets[0].getsockname()[1]
        scheme = "wss" if context else "ws"
        print(f"listening on {scheme}://127.0.0.1:{port}", flush=True)
        await server.serve_forever()


async def run_client(options):
    settings = dict(SETTINGS)
    if options.url.startswith("wss:"):
        settings["ssl"] = ssl.create_default_context(cafile=options.ca_file)
    url = options.url.rstrip("/")
    agent = quote(options.agent)

    async with connect(f"{url}/getCaseCount", **settings) as connection:
        count = int(await connection.recv())
    for number in range(1, count + 1):
        try:
            path = f"/runCase?case={number}&agent={agent}"
            async with connect(url + path, **settings) as connection:
                await echo(connection)
        except (OSError, WebSocketException) as error:
            print(f"case {number}: {error}", file=sys.stderr)
    async with connect(f"{url}/updateReports?agent={agent}", **settings) as connection:
        await connection.wait_closed()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=["server", "client"])
    for option in ["--tls-cert", "--tls-key", "--url", "--agent", "--ca-file"]:
        parser.add_argument(option)
    options = parser.parse_args()
    asyncio.run((run_server if options.role == "server" else run_client)(options))


main()

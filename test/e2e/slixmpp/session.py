"""What the scripts share: one login, words to the test as lines of JSON, waiting with an end."""

import asyncio
import inspect
import json
import logging
import os
import sys
import warnings

warnings.filterwarnings("ignore")
logging.basicConfig(level=logging.ERROR)

from slixmpp import ClientXMPP  # noqa: E402

COMPONENT = os.environ["DX_COMPONENT"]
PATIENCE = 25


def say(what, **more):
    print(json.dumps({"what": what, **more}), flush=True)


class Client(ClientXMPP):
    """As its library makes it: it authorizes whoever asks, and asks back."""

    def __init__(self):
        super().__init__(os.environ["DX_JID"], os.environ["DX_PASSWORD"])
        self.ca_certs = os.environ["DX_CERTIFICATE"]
        for plugin in ("xep_0030", "xep_0004", "xep_0050", "xep_0060", "xep_0059", "xep_0077"):
            self.register_plugin(plugin)

    def open(self):
        port = int(os.environ["DX_PORT"])
        if "address" in inspect.signature(self.connect).parameters:
            self.connect(("127.0.0.1", port))
        else:
            self.connect("127.0.0.1", port)


async def opt_in(client):
    """XEP-0077, and the presence subscription that the gateway asks for."""
    asked = asyncio.Event()

    def on_subscribe(presence):
        if presence["from"].bare == COMPONENT:
            asked.set()

    client.add_event_handler("presence_subscribe", on_subscribe)
    iq = client.make_iq_set(ito=COMPONENT)
    iq.enable("register")
    await iq.send()
    await asyncio.wait_for(asked.wait(), PATIENCE)
    say("registered")


async def waited(queue, fits):
    """The first of a queue that fits."""

    async def look():
        while True:
            found = await queue.get()
            if fits(found):
                return found

    return await asyncio.wait_for(look(), PATIENCE)


def play(script):
    async def main():
        client = Client()
        started = asyncio.Event()

        async def on_start(_):
            client.send_presence()
            await client.get_roster()
            started.set()

        client.add_event_handler("session_start", on_start)
        client.add_event_handler("failed_auth", lambda _: sys.exit("not authorized"))
        client.open()
        await asyncio.wait_for(started.wait(), PATIENCE)
        await script(client)
        say("done")
        client.disconnect()
        await asyncio.wait_for(client.disconnected, 5)

    asyncio.run(main())

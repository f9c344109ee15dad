"""Opts in, follows somebody, sees a post arrive, reads the node, publishes in the own one."""

import asyncio
import sys
from xml.etree import ElementTree

from session import opt_in, play, say, waited

NODE = "urn:xmpp:microblog:0"
ATOM = "http://www.w3.org/2005/Atom"


def entry(client, item_id, text):
    root = ElementTree.Element(f"{{{ATOM}}}entry")
    values = {"id": item_id, "title": text}
    values.update(published="2026-11-22T10:00:00Z", updated="2026-11-22T10:00:00Z")
    for name, value in values.items():
        ElementTree.SubElement(root, f"{{{ATOM}}}{name}").text = value
    author = ElementTree.SubElement(root, f"{{{ATOM}}}author")
    ElementTree.SubElement(author, f"{{{ATOM}}}uri").text = f"xmpp:{client.boundjid.bare}"
    return root


async def publish(client, text):
    form = client["xep_0004"].make_form(ftype="submit")
    form.add_field(
        var="FORM_TYPE",
        ftype="hidden",
        value="http://jabber.org/protocol/pubsub#publish-options",
    )
    form.add_field(var="pubsub#access_model", value="open")
    await client["xep_0060"].publish(
        client.boundjid.bare, NODE, id="from-slixmpp", payload=entry(client, "from-slixmpp", text), options=form
    )
    say("published")


async def script(client):
    whom, text = sys.argv[1:3]
    events = asyncio.Queue()

    def on_publish(message):
        item = message["pubsub_event"]["items"]["item"]
        title = item["payload"].findtext(f"{{{ATOM}}}title") if item["payload"] is not None else ""
        events.put_nowait((message["from"].bare, message["pubsub_event"]["items"]["node"], item["id"], title))

    client.add_event_handler("pubsub_publish", on_publish)
    await opt_in(client)
    answer = await client["xep_0060"].subscribe(whom, NODE)
    say("subscribed", state=answer["pubsub"]["subscription"]["subscription"])
    sender, node, item_id, title = await waited(events, lambda event: event[0] == whom)
    say("event", sender=sender, node=node, id=item_id, title=title)
    items = await client["xep_0060"].get_items(whom, NODE, max_items=5)
    say("items", ids=[item["id"] for item in items["pubsub"]["items"]])
    await publish(client, text)
    # Whoever leaves at once takes the session away in which the gateway saw the post.
    await asyncio.sleep(1)


play(script)

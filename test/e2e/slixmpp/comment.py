"""Comments on a post of a pod, sees the comment of another, likes the post and takes that back."""

import asyncio
import sys
import uuid
from urllib.parse import quote
from xml.etree import ElementTree

from session import COMPONENT, opt_in, play, say, waited

ATOM = "http://www.w3.org/2005/Atom"
ATTACHMENTS = "urn:xmpp:pubsub-attachments:1"


def comment(client, text):
    item_id = str(uuid.uuid4())
    root = ElementTree.Element(f"{{{ATOM}}}entry")
    values = {"id": item_id, "title": text, "updated": "2026-11-22T10:00:00Z"}
    for name, value in values.items():
        ElementTree.SubElement(root, f"{{{ATOM}}}{name}").text = value
    author = ElementTree.SubElement(root, f"{{{ATOM}}}author")
    ElementTree.SubElement(author, f"{{{ATOM}}}uri").text = f"xmpp:{client.boundjid.bare}"
    return item_id, root


def attachments(*elements):
    """XEP-0470: the whole set of one person."""
    root = ElementTree.Element(f"{{{ATTACHMENTS}}}attachments")
    for name in elements:
        ElementTree.SubElement(root, f"{{{ATTACHMENTS}}}{name}")
    return root


async def script(client):
    author, guid, text = sys.argv[1:4]
    node = f"urn:xmpp:microblog:0:comments/{guid}"
    events = asyncio.Queue()
    client.add_event_handler(
        "pubsub_publish",
        lambda message: events.put_nowait(
            (message["pubsub_event"]["items"]["node"], message["pubsub_event"]["items"]["item"]["id"])
        ),
    )
    pubsub = client["xep_0060"]
    await opt_in(client)
    await pubsub.subscribe(COMPONENT, node)
    item_id, entry = comment(client, text)
    await pubsub.publish(COMPONENT, node, id=item_id, payload=entry)
    say("commented", id=item_id)
    _, theirs = await waited(events, lambda event: event[0] == node and event[1] != item_id)
    say("seen", id=theirs)
    uri = f"xmpp:{author}?;node={quote('urn:xmpp:microblog:0', safe='')};item={guid}"
    target = f"{ATTACHMENTS}/{uri}"
    me = client.boundjid.bare
    await pubsub.publish(author, target, id=me, payload=attachments("noticed"))
    say("liked")
    await pubsub.publish(author, target, id=me, payload=attachments())
    say("unliked")
    await pubsub.retract(COMPONENT, node, item_id)
    say("retracted")


play(script)

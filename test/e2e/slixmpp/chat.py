"""An ordinary user of chats: a contact, a post read as a message, a reply, a reaction, a private
message, and a post by a command to the gateway."""

import asyncio
import sys
from xml.etree import ElementTree

from session import COMPONENT, opt_in, play, say, waited

REPLY = "urn:xmpp:reply:0"
REACTIONS = "urn:xmpp:reactions:0"


def reply_to(message, sender, message_id):
    """XEP-0461."""
    message.append(ElementTree.Element(f"{{{REPLY}}}reply", {"to": sender, "id": message_id}))


def react_to(message, message_id, *emojis):
    """XEP-0444: the whole set."""
    reactions = ElementTree.SubElement(message.xml, f"{{{REACTIONS}}}reactions", {"id": message_id})
    for emoji in emojis:
        ElementTree.SubElement(reactions, f"{{{REACTIONS}}}reaction").text = emoji


async def script(client):
    whom = sys.argv[1]
    chats = asyncio.Queue()
    client.add_event_handler(
        "message",
        lambda message: chats.put_nowait((message["from"].bare, message["id"], message["body"])),
    )
    await opt_in(client)
    client.send_presence_subscription(whom, ptype="subscribe")
    say("asked")
    _, post_id, body = await waited(chats, lambda chat: chat[0] == whom and chat[2])
    say("read", id=post_id, body=body)

    answer = client.make_message(whom, "Well said", mtype="chat")
    answer["id"] = "chat-reply"
    reply_to(answer, whom, post_id)
    answer.send()

    like = client.make_message(whom, mtype="chat")
    like["id"] = "chat-like"
    react_to(like, post_id, "👍")
    like.send()

    private = client.make_message(whom, "Between us", mtype="chat")
    private["id"] = "chat-private"
    private["thread"] = "thread-1"
    private.send()

    client.make_message(COMPONENT, "post Hello from a chat", mtype="chat").send()
    _, _, said = await waited(chats, lambda chat: chat[0] == COMPONENT and chat[2])
    say("told", body=said)

    unlike = client.make_message(whom, mtype="chat")
    unlike["id"] = "chat-unlike"
    react_to(unlike, post_id)
    unlike.send()
    _, _, theirs = await waited(chats, lambda chat: chat[0] == whom and "back to you" in chat[2])
    say("answered", body=theirs)


play(script)

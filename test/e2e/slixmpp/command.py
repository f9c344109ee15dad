"""Lists the gateway's ad-hoc commands and runs the one by which people register."""

import asyncio

from session import COMPONENT, play, say


async def script(client):
    commands = await client["xep_0050"].get_commands(COMPONENT)
    say("commands", nodes=[item[1] for item in commands["disco_items"]["items"]])
    first = await client["xep_0050"].send_command(COMPONENT, "jabber:iq:register")
    form = client["xep_0004"].make_form(ftype="submit")
    last = await client["xep_0050"].send_command(
        COMPONENT,
        "jabber:iq:register",
        action="complete",
        payload=[form],
        sessionid=first["command"]["sessionid"],
    )
    notes = [words for _, words in last["command"]["notes"]]
    say("ran", status=last["command"]["status"], notes=notes)
    await asyncio.sleep(0.2)


play(script)

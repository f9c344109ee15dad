/** A person who has another XMPP account now takes everything of the old one along (XEP-0283). */
import { bareJid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import type { Command } from "./definition.ts";
import type { RegistrationPorts } from "./register.ts";
import { registeredCommand } from "./registered.ts";

export function moveCommand(ports: RegistrationPorts): Command {
  return registeredCommand(ports, {
    node: "move",
    name: "Bring along everything of my old account",
    instructions:
      "Let your old account say first that you have moved to this one (XEP-0283). Then your " +
      "posts, contacts and followers belong to this account, and every pod is told. The old one " +
      "is closed, and that cannot be undone.",
    fields: [{ name: "old", label: "Your old XMPP address", kind: "text", required: true }],
    args: ["old"],
    confirm: true,
    async run(jid, { old = "" }) {
      const from = bareJid(old.replace(/^xmpp:/i, ""));
      if (from === null || from === jid) {
        throw new DxError("DX_BAD_REQUEST", { evidence: { field: "old" } });
      }
      const { diasporaId } = await ports.move(jid, from);
      return `Everything has come along. You take part as ${diasporaId}.`;
    },
  });
}

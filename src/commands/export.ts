/** What is kept of a person, for them to take along; and the retraction that waits for their word. */
import { DxError } from "../errors/error.ts";
import type { Command, Report } from "./definition.ts";
import type { CommandPorts } from "./ports.ts";
import { registeredCommand } from "./registered.ts";

/** Of one answer: below every server's limit for a stanza. */
const MAX_BYTES = 32 * 1024;

export function exportCommand(ports: CommandPorts): Command {
  return registeredCommand(ports.registration, {
    node: "export",
    name: "Take my data along",
    instructions:
      "All that is kept of you, a JSON object a line. It comes in pieces; each says " +
      "with which number the next one begins.",
    fields: [
      { name: "from", label: "Begin with line number", kind: "text", required: false, value: "1" },
    ],
    args: ["from"],
    run: async (jid, { from = "1" }): Promise<Report> => {
      if (!/^[1-9]\d{0,8}$/.test(from)) {
        throw new DxError("DX_BAD_REQUEST", { evidence: { field: "from" } });
      }
      return await pieceOf(ports.everything(jid, Number(from) - 1), Number(from));
    },
  });
}

/** `all` begins with the line of this number. */
async function pieceOf(all: AsyncIterable<object>, from: number): Promise<Report> {
  const lines: string[] = [];
  let number = from - 1;
  let bytes = 0;
  for await (const one of all) {
    number += 1;
    const line = JSON.stringify(one);
    bytes += Buffer.byteLength(line);
    // One that is larger than a piece goes alone.
    if (lines.length > 0 && bytes > MAX_BYTES) {
      return { said: `Lines ${String(from)} to ${String(number - 1)}. ${more(number)}`, lines };
    }
    lines.push(line);
  }
  if (lines.length === 0) return { said: "That was all." };
  return { said: `Lines ${String(from)} to ${String(number)}: that is all.`, lines };
}

function more(next: number): string {
  return `More follows: export ${String(next)}`;
}

export function purgeCommand(ports: CommandPorts): Command {
  return registeredCommand(ports.registration, {
    node: "purge",
    name: "Delete posts whose node was emptied",
    instructions:
      "When a client empties or deletes your microblog, the posts stay on the pods until you say " +
      "that they are to be deleted there as well. That cannot be undone.",
    confirm: true,
    run: async (jid) => {
      const count = await ports.confirmPurge(jid);
      if (count === 0) return "Nothing waits for your word.";
      return `${String(count)} ${count === 1 ? "post is" : "posts are"} deleted on the pods.`;
    },
  });
}

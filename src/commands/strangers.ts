/** Strangers who wait for somebody's yes, where the operator has them wait. */
import type { Command } from "./definition.ts";
import { counted } from "./judge.ts";
import type { ModerationPorts } from "./moderation-ports.ts";
import { waitingLine } from "./pod-words.ts";
import { PERSON_FIELD, registeredCommand } from "./registered.ts";
import type { RegistrationPorts } from "./register.ts";
import { personOf } from "./target.ts";

export function strangerCommands(
  registration: Pick<RegistrationPorts, "find">,
  ports: Pick<ModerationPorts, "waiting" | "accept" | "reject">,
): Command[] {
  return [
    registeredCommand(registration, {
      node: "strangers",
      name: "Strangers who want to reach you",
      instructions: "What they sent waits until you accept them.",
      run: async (jid) => {
        const waiting = await ports.waiting(jid);
        if (waiting.length === 0) return "Nobody waits.";
        const said = `${counted(waiting.length, "waits", "wait")}:`;
        return { said, lines: waiting.map(waitingLine) };
      },
    }),
    registeredCommand(registration, {
      node: "accept",
      name: "Let a stranger reach you",
      instructions: "What waits arrives, and what this person sends from now on.",
      fields: [PERSON_FIELD],
      args: ["person"],
      run: async (jid, { person }) => {
        const id = personOf(person);
        await ports.accept(id, jid);
        return `${id} can reach you.`;
      },
    }),
    registeredCommand(registration, {
      node: "reject",
      name: "Forget what a stranger sent",
      instructions:
        "The person is told nothing. To hear no more at all of this person, block them.",
      fields: [PERSON_FIELD],
      args: ["person"],
      run: async (jid, { person }) => {
        const count = await ports.reject(personOf(person), jid);
        return `${counted(count, "message", "messages")} forgotten.`;
      },
    }),
  ];
}

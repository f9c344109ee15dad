/** What there is to be said in a chat, and how. */
import type { Jid } from "../activitystreams/ids.ts";
import type { Command, Report } from "./definition.ts";
import { usageOf, wordOf } from "./line.ts";

/** All that the caller may use, a line each. */
export async function overview(commands: readonly Command[], caller: Jid): Promise<Report> {
  const lines: string[] = [];
  for (const command of commands) {
    if (!(await command.mayUse(caller))) continue;
    const { fields } = await command.form(caller);
    lines.push(`${usageOf(command, fields)} — ${command.name}`);
  }
  return {
    said: "Write one of these. What stands in [brackets] may be left out; “it” is the post that you last read or answered.",
    lines,
  };
}

/** Throws what `form` throws. */
export async function helpFor(command: Command, caller: Jid): Promise<Report> {
  const { title, instructions, fields } = await command.form(caller);
  const lines = [
    ...(instructions === "" ? [] : [instructions]),
    ...fields.map(({ name, label, choices = [] }) =>
      choices.length === 0
        ? `${name}: ${label}`
        : `${name}: ${label} (${choices.map(([value, said]) => `${value}: ${said}`).join("; ")})`,
    ),
  ];
  return { said: `${usageOf(command, fields)} — ${title}`, lines };
}

/** The word of the command that shows this; it is no command of its own. */
export const HELP = "help";

export function isHelp(word: string): boolean {
  return word === HELP || word === "?" || word === "commands";
}

/** What somebody is told who typed something else. */
export function unknownWord(word: string, near: Command | null): string {
  const shown = word.length > 32 ? `${word.slice(0, 32)}…` : word;
  const guess = near === null ? "" : ` Did you mean “${wordOf(near)}”?`;
  return `There is no command “${shown}”.${guess} Write “${HELP}” for all of them.`;
}

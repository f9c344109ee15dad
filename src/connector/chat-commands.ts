/** Messages to the component itself: the commands of src/commands, typed. */
import { randomUUID } from "node:crypto";
import type { Jid } from "../activitystreams/ids.ts";
import { existingFor, validValues, type Command, type Report } from "../commands/definition.ts";
import { HELP, helpFor, isHelp, overview, unknownWord } from "../commands/help.ts";
import { nearest, readLine, usageOf, valuesOf, wordOf } from "../commands/line.ts";
import { sentence } from "../commands/sentence.ts";
import { DxError, isDxError } from "../errors/error.ts";
import { splitQuotation } from "./chat-fallback.ts";
import type { ChatMemory } from "./chat-memory.ts";
import type { Words } from "./chat-message.ts";
import { keyOf } from "./chat-pace.ts";

export interface CommandChatOptions {
  readonly commands: readonly Command[];
  readonly memory: ChatMemory;
}

export interface CommandChat {
  /** What is answered. */
  answer(jid: Jid, words: Words): Promise<string>;
  isCommand(body: string): boolean;
}

export function createCommandChat(options: CommandChatOptions): CommandChat {
  return {
    isCommand: (body) => find(options.commands, readLine(body).word) !== undefined,
    async answer(jid, words) {
      if (words.replaces !== null) return "A command is not corrected. Write it again, or “edit”.";
      try {
        return shown(await answer(options, jid, words));
      } catch (error) {
        if (!isDxError(error)) throw error;
        return sentence(error);
      }
    },
  };
}

function shown(report: string | Report): string {
  if (typeof report === "string") return report;
  return [report.said, ...(report.lines ?? [])].join("\n");
}

async function answer(
  options: CommandChatOptions,
  jid: Jid,
  words: Words,
): Promise<string | Report> {
  const { word, rest } = readLine(words.body);
  const commands = await existingFor(jid, options.commands);
  if (isHelp(word)) return await help(commands, jid, rest);
  // What is quoted is known to nobody here.
  if (splitQuotation(words.body) !== null) throw new DxError("DX_ITEM_NOT_FOUND");
  const command = find(commands, word);
  if (command === undefined) return unknownWord(word, nearest(word, commands));
  if (command.confirm === true && !/^(?:yes|confirm)$/i.test(rest)) {
    const { instructions } = await command.form(jid);
    return `${instructions}\nWrite “${wordOf(command)} yes” to go on.`;
  }
  return await run(options, command, jid, words, command.confirm === true ? "" : rest);
}

function find(commands: readonly Command[], word: string): Command | undefined {
  return commands.find((command) => wordOf(command) === word);
}

async function help(
  commands: readonly Command[],
  jid: Jid,
  rest: string,
): Promise<string | Report> {
  const { word } = readLine(rest);
  if (word === "") return await overview(commands, jid);
  const command = find(commands, word);
  return command === undefined
    ? unknownWord(word, nearest(word, commands))
    : await helpFor(command, jid);
}

async function run(
  { memory }: CommandChatOptions,
  command: Command,
  jid: Jid,
  words: Words,
  rest: string,
): Promise<string | Report> {
  const { fields } = await command.form(jid);
  const raw = valuesOf(command, fields, withFile(rest, words.file));
  try {
    const report = await command.run(jid, validValues(fields, raw), {
      it: () => memory.it(jid),
      key: keyOf(jid, words.id ?? randomUUID(), words.body),
      ...(words.id === null ? {} : { messageId: words.id }),
    });
    if (typeof report !== "string" && report.about !== undefined) {
      await memory.note(jid, report.about);
    }
    return report;
  } catch (error) {
    if (!isDxError(error, "DX_BAD_REQUEST")) throw error;
    return `That is not understood. ${usageOf(command, fields)}\n“${HELP} ${wordOf(command)}” says more.`;
  }
}

/** The words of a `post` with an uploaded picture name it already, in clients that send both. */
function withFile(rest: string, file: string | null): string {
  return file === null || rest.includes(file) ? rest : `${rest}\n${file}`;
}

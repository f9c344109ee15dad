/** The operator's lists at the terminal; running daemons hear of a change at once. */
import { readFileSync, writeFileSync } from "node:fs";
import {
  counted,
  effectLines,
  judge,
  mergeList,
  standingLine,
  unmergeList,
  type Judgement,
} from "../commands/judge.ts";
import type { ModerationPorts } from "../commands/moderation-ports.ts";
import { podLines, waitingLine } from "../commands/pod-words.ts";
import { readStandingsCsv, writeStandingsCsv } from "../commands/standings-csv.ts";
import { parseSubject, subjectText } from "../commands/standing-subject.ts";
import { personOf } from "../commands/target.ts";
import { loadConfig } from "../config.ts";
import { createModeration } from "../daemon/moderation.ts";
import { openForTerminal } from "../daemon/terminal-database.ts";
import { DxError } from "../errors/error.ts";
import { silentLog } from "../log/log.ts";
import type { Io } from "./io.ts";
import type { JudgeOptions, ListOptions } from "./moderation-commands.ts";

const TERMINAL = "the terminal";

export async function judgeAtTerminal(
  {
    what,
    judgement,
    ...options
  }: JudgeOptions & { readonly what: string; readonly judgement: Judgement },
  io: Io,
): Promise<number> {
  return await withPorts(options, io, async (ports) => {
    const { reason = null, dryRun = false } = options;
    const judging = { what, judgement, reason, dryRun, by: TERMINAL };
    const { subject, effect } = await judge(judging, ports);
    const named = subjectText(subject);
    io.out(dryRun ? `This would happen with ${named}:` : `Done for ${named}.`);
    effectLines(effect).forEach(io.out);
  });
}

export async function listStandings(options: ListOptions, io: Io): Promise<number> {
  return await withPorts(options, io, async (ports) => {
    (await ports.all()).map(standingLine).forEach(io.out);
  });
}

export async function importList(file: string, options: ListOptions, io: Io): Promise<number> {
  const text = file === "-" ? await io.readInput() : readFileSync(file, "utf8");
  const { standings, faults } = readStandingsCsv(text);
  const { remove = false, dryRun = false } = options;
  return await withPorts(options, io, async (ports) => {
    const merge = remove ? unmergeList : mergeList;
    const { change, kept } = await merge(standings, ports);
    const effect = await ports.effectOf(change);
    if (!dryRun) await ports.change(change, TERMINAL);
    const count = counted(change.put.length + change.drop.length, "entry", "entries");
    const done = remove ? "taken back" : "put";
    io.out(dryRun ? `${count} would be ${done}.` : `${count} ${done}.`);
    effectLines(effect).forEach(io.out);
    for (const subject of kept) io.out(`Left as it is: ${subjectText(subject)}`);
    for (const { line, fault } of faults) io.err(`line ${String(line)}: ${fault}`);
  });
}

export async function exportList(
  file: string | undefined,
  options: ListOptions,
  io: Io,
): Promise<number> {
  return await withPorts(options, io, async (ports) => {
    const wanted = (await ports.all()).filter(({ kind }) => kind === "pod" || options.all === true);
    const text = writeStandingsCsv(wanted);
    if (file === undefined) io.out(text.trimEnd());
    else writeFileSync(file, text);
  });
}

export async function showPod(host: string, options: ListOptions, io: Io): Promise<number> {
  const subject = parseSubject(host);
  if (subject?.kind !== "pod") throw new DxError("DX_STANDING_INVALID");
  return await withPorts(options, io, async (ports) => {
    podLines(await ports.pod(subject.subject)).forEach(io.out);
  });
}

export async function listStrangers(options: ListOptions, io: Io): Promise<number> {
  return await withPorts(options, io, async (ports) => {
    (await ports.waiting(null)).map(waitingLine).forEach(io.out);
  });
}

export async function answerStranger(
  word: "accept" | "reject",
  sender: string,
  options: ListOptions,
  io: Io,
): Promise<number> {
  const id = personOf(sender);
  return await withPorts(options, io, async (ports) => {
    const count = counted(await ports[word](id, null), "message", "messages");
    io.out(word === "accept" ? `${count} put on the way.` : `${count} forgotten.`);
  });
}

async function withPorts(
  options: { readonly config?: string },
  io: Io,
  work: (ports: ModerationPorts) => Promise<void>,
): Promise<number> {
  const config = loadConfig({ file: options.config, env: io.env });
  const database = await openForTerminal(config, silentLog);
  try {
    await work(createModeration({ config, db: database.db }));
    return 0;
  } finally {
    await database.close();
  }
}

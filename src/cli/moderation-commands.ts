/** The words at the terminal by which the operator says whom this gateway has to do with. */
import type { Command } from "commander";
import type { Judgement } from "../commands/judge.ts";
import type { Io, Run } from "./io.ts";

const CONFIG_OPTION = ["--config <file>", "the configuration file"] as const;
const WHAT =
  "a pod (bad.example), a person (mallory@bad.example), or an address of XMPP with xmpp: before it";
const DRY_RUN = ["--dry-run", "only say what would happen"] as const;

const WORDS: readonly (readonly [word: string, judgement: Judgement, description: string])[] = [
  ["suspend", "suspend", "nothing comes from there and nothing goes there"],
  ["block", "suspend", "the same as suspend"],
  ["silence", "silence", "heard by their followers only"],
  ["allow", "allow", "heard as anybody else, or put on the list of pods"],
  ["unblock", "lift", "take back what was said: what was hidden comes back"],
];

// What does the work is read when it is asked for: it knows the whole store.
const actions = () => import("./moderation.ts");

export function addModerationCommands(program: Command, io: Io, run: Run): void {
  for (const [word, judgement, description] of WORDS) {
    program
      .command(word)
      .description(description)
      .argument("<what>", WHAT)
      .option("--reason <text>", "why")
      .option(...DRY_RUN)
      .option(...CONFIG_OPTION)
      .action(async (what: string, options: JudgeOptions) => {
        const { judgeAtTerminal } = await actions();
        await run(judgeAtTerminal({ what, judgement, ...options }, io));
      });
  }
  addLists(program, io, run);
  addPods(program, io, run);
  addQuarantine(program, io, run);
}

export interface JudgeOptions {
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly config?: string;
}

export interface ListOptions {
  readonly dryRun?: boolean;
  readonly remove?: boolean;
  readonly all?: boolean;
  readonly config?: string;
}

function addLists(program: Command, io: Io, run: Run): void {
  const lists = program
    .command("moderation")
    .description("what was said of pods, people and addresses, one by one or as lists");
  lists
    .command("list")
    .description("all that stands")
    .option(...CONFIG_OPTION)
    .action(async (options: ListOptions) => {
      const { listStandings } = await actions();
      await run(listStandings(options, io));
    });
  lists
    .command("import")
    .description("put what a CSV list says (#domain,#severity,…), as other programs export it")
    .argument("<file>", "the list; - for standard input")
    .option(...DRY_RUN)
    .option("--remove", "take back what came with this list")
    .option(...CONFIG_OPTION)
    .action(async (file: string, options: ListOptions) => {
      const { importList } = await actions();
      await run(importList(file, options, io));
    });
  lists
    .command("export")
    .description("write the list of pods as CSV")
    .argument("[file]", "where to; standard output when absent")
    .option("--all", "people and addresses of XMPP too, which other programs do not know")
    .option(...CONFIG_OPTION)
    .action(async (file: string | undefined, options: ListOptions) => {
      const { exportList } = await actions();
      await run(exportList(file, options, io));
    });
}

function addPods(program: Command, io: Io, run: Run): void {
  program
    .command("pod")
    .description("pods of the federation")
    .command("show")
    .description("what is known of a pod, and what stands against it")
    .argument("<host>", "the pod's host")
    .option(...CONFIG_OPTION)
    .action(async (host: string, options: ListOptions) => {
      const { showPod } = await actions();
      await run(showPod(host, options, io));
    });
}

function addQuarantine(program: Command, io: Io, run: Run): void {
  const quarantine = program
    .command("quarantine")
    .description("strangers who wait for somebody's yes");
  quarantine
    .command("list")
    .description("who waits, and for whom")
    .option(...CONFIG_OPTION)
    .action(async (options: ListOptions) => {
      const { listStrangers } = await actions();
      await run(listStrangers(options, io));
    });
  for (const word of ["accept", "reject"] as const) {
    quarantine
      .command(word)
      .description(word === "accept" ? "let what waits through" : "forget what waits")
      .argument("<sender>", "a diaspora* ID")
      .option(...CONFIG_OPTION)
      .action(async (sender: string, options: ListOptions) => {
        const { answerStranger } = await actions();
        await run(answerStranger(word, sender, options, io));
      });
  }
}

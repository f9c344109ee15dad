/** `diaspora-x person …` and `diaspora-x export`: accounts, for the operator. */
import type { Command } from "commander";
import type { Io, Run } from "./io.ts";

const CONFIG_OPTION = ["--config <file>", "the configuration file"] as const;

export interface PersonOptions {
  readonly config?: string;
  readonly now?: boolean;
}

export function addPersonCommands(program: Command, io: Io, run: Run): void {
  const person = program
    .command("person")
    .description("the people who take part here, and those of pods");
  const actions = () => import("./person.ts");
  person
    .command("show")
    .description("how an account stands")
    .argument("<who>", "a JID or a diaspora* ID")
    .option(...CONFIG_OPTION)
    .action(async (who: string, options: PersonOptions) => {
      await run((await actions()).showPerson(who, options, io));
    });
  person
    .command("doubted")
    .description("whose XMPP account may have been deleted; `reopen` settles it, or `close`")
    .option(...CONFIG_OPTION)
    .action(async (options: PersonOptions) => {
      await run((await actions()).showDoubted(options, io));
    });
  person
    .command("close")
    .description("close an account; only you can undo it, until its end")
    .argument("<jid>", "whose account")
    .option("--now", "for good, at once: pods are told to delete it, its words are erased")
    .option(...CONFIG_OPTION)
    .action(async (jid: string, options: PersonOptions) => {
      await run((await actions()).closePerson(jid, options, io));
    });
  person
    .command("reopen")
    .description("let somebody come back whose account has not ended yet, or is doubted")
    .argument("<jid>", "whose account")
    .option(...CONFIG_OPTION)
    .action(async (jid: string, options: PersonOptions) => {
      await run((await actions()).reopenPerson(jid, options, io));
    });
  person
    .command("move")
    .description("give everything of one account to another, of the same person; pods are told")
    .argument("<old>", "the JID that they leave")
    .argument("<new>", "the JID that they have now; it takes part already")
    .option(...CONFIG_OPTION)
    .action(async (from: string, to: string, options: PersonOptions) => {
      await run((await actions()).movePerson(from, to, options, io));
    });
  program
    .command("export")
    .description("write everything that is kept of a person, a JSON object a line")
    .argument("<jid>", "whose data")
    .option(...CONFIG_OPTION)
    .action(async (jid: string, options: PersonOptions) => {
      await run((await actions()).exportPerson(jid, options, io));
    });
}

/** The commands of `diaspora-x client`: a small XMPP client for trying things out. */
import { InvalidArgumentError, type Command } from "commander";
import type { ConnectionOptions, PublishCommandOptions, WatchOptions } from "./client-actions.ts";
import type { Io, Run } from "./io.ts";

type Actions = typeof import("./client-actions.ts");

export function addClientCommands(program: Command, io: Io, run: Run): void {
  const client = program
    .command("client")
    .description("a small XMPP client: make an account, opt in, publish, watch");
  // Read when it is asked for: the daemon's commands need no XMPP client.
  const act = async (work: (actions: Actions) => Promise<number>): Promise<void> => {
    await run(import("./client-actions.ts").then(work));
  };

  connecting(client.command("register"))
    .description("make the account on its server, or with --at opt in at a gateway")
    .option("--at <service>", "the gateway's address: register there and let it see the presence")
    .action((jid: string, password: string, options: ConnectionOptions & { at?: string }) =>
      act(({ register }) => register({ jid, password }, options, io)),
    );
  connecting(client.command("publish"))
    .description("publish a post into the account's microblog, open to all")
    .argument("<text>", "the post, as Markdown")
    .option("--private", "only for those who may see the account's presence (of the whole node)")
    .option("--id <id>", "the item's id; random otherwise")
    .option("--title <title>", "the title; the first line otherwise")
    .action((jid: string, password: string, text: string, options: PublishCommandOptions) =>
      act(({ publish }) => publish({ jid, password }, text, options, io)),
    );
  connecting(client.command("watch"))
    .description("print posts and messages as they come in, a line each")
    .option("--seconds <n>", "end after this time", wholeNumber)
    .option("--count <n>", "end after this many lines", wholeNumber)
    .option("--follow <who>", "first follow this diaspora* ID or JID")
    .option("--at <service>", "the gateway's address, for --follow with a diaspora* ID")
    .action((jid: string, password: string, options: WatchOptions) =>
      act(({ watch }) => watch({ jid, password }, options, io)),
    );
  connecting(client.command("send"))
    .description("send a chat message")
    .argument("<to>", "a JID")
    .argument("<text>", "the message")
    .action((jid: string, password: string, to: string, text: string, options: ConnectionOptions) =>
      act(({ send }) => send({ jid, password }, { to, text }, options, io)),
    );
  connecting(client.command("raw"))
    .description("send a stanza as it is, and print the answer to an IQ")
    .argument("<xml>", "the stanza, or - to read it from standard input")
    .action((jid: string, password: string, xml: string, options: ConnectionOptions) =>
      act(({ raw }) => raw({ jid, password }, xml, options, io)),
    );
}

function connecting(command: Command): Command {
  return command
    .argument("<jid>", "the account, name@domain")
    .argument("<password>", "its password")
    .option("--host <host>", "where to connect, instead of what DNS says")
    .option("--port <n>", "the port there (5222)", wholeNumber)
    .option("--insecure", "take any certificate")
    .option("--dev", "take server and gateway from the running npm run dev");
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError("a whole number is wanted");
  return Number(text);
}

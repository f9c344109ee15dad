/**
 * The terminal: reads the command line, calls what does it, gives the exit code.
 * 0 done, 1 failed, 2 not understood.
 */
import { Command, CommanderError } from "commander";
import { addClientCommands } from "./cli/client-commands.ts";
import { addDeliveriesCommand } from "./cli/deliveries-command.ts";
import { processIo, type Io, type Run } from "./cli/io.ts";
import { addModerationCommands } from "./cli/moderation-commands.ts";
import { addPersonCommands } from "./cli/person-commands.ts";
import { VERSION } from "./config/package.ts";
import { describeError, isDxError } from "./errors/error.ts";

export async function main(args: readonly string[], io: Io = processIo): Promise<number> {
  let code = 0;
  const run = async (work: Promise<number> | number): Promise<void> => {
    code = await work;
  };
  const program = createProgram(io, run);
  try {
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    io.err(describeError(error));
    return isDxError(error, "DX_USAGE") ? 2 : 1;
  }
}

function createProgram(io: Io, run: Run): Command {
  const program = new Command("diaspora-x")
    .description("Joins the people of an XMPP server and the diaspora* federation.")
    .version(VERSION)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        io.out(text.trimEnd());
      },
      writeErr: (text) => {
        io.err(text.trimEnd());
      },
    })
    .showHelpAfterError("(diaspora-x --help lists the commands)");
  addDaemonCommands(program, io, run);
  addDeliveriesCommand(program, io, run);
  addModerationCommands(program, io, run);
  addPersonCommands(program, io, run);
  addClientCommands(program, io, run);
  return program;
}

const CONFIG_OPTION = ["--config <file>", "the configuration file"] as const;

/** Given several times, or with commas, or both. */
function listed(value: string, before?: string): string {
  return before === undefined ? value : `${before},${value}`;
}

// Each command is read when it is asked for: the daemon is much code, --version is not.
function addDaemonCommands(program: Command, io: Io, run: Run): void {
  program
    .command("start")
    .description("run the daemon in the foreground, until SIGTERM or SIGINT")
    .option(...CONFIG_OPTION)
    .option("--no-migrate", "leave the database's tables as they are")
    .option(
      "--only <roles>",
      "do a part of it: connector, web, worker (docs/operations.md)",
      listed,
    )
    .action(async (options: { config?: string; migrate: boolean; only?: string }) => {
      const { start } = await import("./cli/start.ts");
      await run(start(options, io));
    });
  program
    .command("migrate")
    .description("bring the database's tables up to date, and end")
    .option(...CONFIG_OPTION)
    .action(async (options: { config?: string }) => {
      const { migrate } = await import("./cli/migrate.ts");
      await run(migrate(options.config, io));
    });
  program
    .command("check-config")
    .description("say what is wrong with the configuration, and how to mend it")
    .option(...CONFIG_OPTION)
    .action(async (options: { config?: string }) => {
      const { checkConfigCommand } = await import("./cli/check-config.ts");
      await run(checkConfigCommand(options.config, io));
    });
  program
    .command("print-server-config")
    .description("print what the XMPP server's configuration needs")
    .argument("<server>", "ejabberd, prosody or openfire")
    .option(...CONFIG_OPTION)
    .action(async (server: string, options: { config?: string }) => {
      const { printServerConfig } = await import("./cli/print-server-config.ts");
      await run(printServerConfig(server, options.config, io));
    });
}

/** `diaspora-x deliveries`. */
import type { Command } from "commander";
import type { DeliveriesOptions } from "./deliveries.ts";
import type { Io, Run } from "./io.ts";

export function addDeliveriesCommand(program: Command, io: Io, run: Run): void {
  program
    .command("deliveries")
    .description("say where a person's posts have gone, or which pods are in trouble")
    .argument("[jid]", "whose posts; without it: pods that something waits for")
    .argument("[guid]", "all about this post")
    .option("--json", "for programs")
    .option("--config <file>", "the configuration file")
    .action(
      async (jid: string | undefined, guid: string | undefined, options: DeliveriesOptions) => {
        const { deliveries } = await import("./deliveries.ts");
        await run(deliveries(jid, guid, options, io));
      },
    );
}

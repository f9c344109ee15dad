/** `check-config`: all faults at once, each with its key and its mend. */
import { readConfig } from "../config.ts";
import { printFindings } from "./findings.ts";
import type { Io } from "./io.ts";

export function checkConfigCommand(file: string | undefined, io: Io): number {
  const { config, findings } = readConfig({ file, env: io.env });
  printFindings(findings, io.out);
  if (config === null) return 1;
  const { component, domains } = config.xmpp;
  io.out("the configuration is valid");
  io.out(`  component ${component.domain} at ${component.host}:${String(component.port)}`);
  for (const { name, diasporaDomain } of domains) {
    io.out(
      `  bob@${name} is bob@${diasporaDomain} on the federation, found at ${config.diaspora.url}`,
    );
  }
  return 0;
}

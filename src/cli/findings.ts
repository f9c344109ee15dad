/** Faults of the configuration, for the eyes of whoever wrote it. */
import type { Finding } from "../config.ts";

export function printFindings(findings: readonly Finding[], print: (line: string) => void): void {
  for (const { severity, key, fault, mend } of findings) {
    print(`${severity}: ${key} ${fault}`);
    print(`  mend: ${mend}`);
  }
}

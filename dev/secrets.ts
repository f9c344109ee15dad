/** Secrets of the development environment: made once, in files that only their owner reads. */
import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** The secret kept in `file`, made when there is none: `bytes` random ones in hexadecimal. */
export function secretIn(file: string, bytes = 32): string {
  try {
    const kept = readFileSync(file, "utf8").trim();
    if (kept !== "") {
      chmodSync(file, 0o600);
      return kept;
    }
  } catch {
    // Not there yet.
  }
  const secret = randomBytes(bytes).toString("hex");
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, `${secret}\n`, { mode: 0o600 });
  return secret;
}

/**
 * `relay`: what goes through the daemon in a second, in both directions (`--in`, `--out`: one of
 * them), with the daemon as it is installed in a process of its own, a PostgreSQL with fsync, a real
 * ejabberd, and the load from other processes; beside it in the same run the least that could do
 * the same. Only the ratios count.
 */
import { packageDaemon } from "./packaged.ts";
import { measureIn } from "./relay-in.ts";
import { measureOut } from "./relay-out.ts";

export async function main(): Promise<number> {
  using packaged = packageDaemon();
  process.env["DIASPORA_X_TEST_BIN"] = packaged.bin;
  const reached = [
    ...(process.argv.includes("--out") ? [] : [await measureIn()]),
    ...(process.argv.includes("--in") ? [] : [await measureOut()]),
  ];
  return reached.every(Boolean) ? 0 : 1;
}

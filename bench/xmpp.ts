/**
 * What the XMPP side carries: events out to one and to 500 clients, and reads of the 20 newest
 * posts, beside a bare component that sends the same stanzas, one that answers from memory, and
 * ejabberd's own PEP. Medians of five alternating runs; the ratios are what counts.
 */
import { readFileSync } from "node:fs";
import { pause } from "../test/support/e2e-client.ts";
import { packageDaemon } from "./packaged.ts";
import { measureEvents } from "./xmpp-events.ts";
import { measureItems } from "./xmpp-items.ts";
import { addLocalPeople } from "./xmpp-rows.ts";
import { QUICK, startBenchWorld, type BenchWorld } from "./xmpp-world.ts";

const READERS = QUICK || process.argv.includes("--items") ? 20 : 500;
const LOCAL_PEOPLE = 10_000;
const AIM_MEGABYTES = 150;

export async function main(): Promise<number> {
  using packaged = packageDaemon();
  process.env["DIASPORA_X_TEST_BIN"] = packaged.bin;
  await using bench = await startBenchWorld(READERS);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void bench[Symbol.asyncDispose]().then(() => process.exit(1)));
  }
  const reached = [
    ...(process.argv.includes("--items") ? [] : [await measureEvents(bench, 1)]),
    ...(process.argv.includes("--items") ? [] : [await measureEvents(bench, READERS)]),
    ...(process.argv.includes("--events") ? [] : [await measureItems(bench)]),
    ...(process.argv.includes("--events") ? [] : [await measureMemory(bench)]),
  ];
  return reached.every(Boolean) ? 0 : 1;
}

/** After a start with so many, and after all of the above again in small. */
async function measureMemory(bench: BenchWorld): Promise<boolean> {
  await addLocalPeople(bench.db, LOCAL_PEOPLE);
  await bench.world.daemon.stop();
  await bench.world.restartDaemon();
  await pause(10_000);
  const megabytes = residentMegabytes(bench.world.daemon.pid);
  const reached = megabytes < AIM_MEGABYTES;
  console.log(
    `memory with ${String(LOCAL_PEOPLE)} local people: ${megabytes.toFixed(0)} MB, ` +
      `aim < ${String(AIM_MEGABYTES)} MB: ${reached ? "reached" : "NOT reached"}`,
  );
  return reached;
}

function residentMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? NaN) / 1024;
}

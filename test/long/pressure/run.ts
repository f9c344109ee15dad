/**
 * `npm run pressure`: each thing that can press on the daemon, injected while people go on
 * writing; figures before, during and after. Nothing may be lost, others must not suffer, and it
 * has to go on by itself.
 *
 *     npm run pressure -- [NAME…]
 */
import { clock } from "./faults/clock.ts";
import { databaseRestart, diskFull, failover, slowCommits } from "./faults/database.ts";
import { floodOfADomain, floodOfAPerson, floodOfAPod, overload } from "./faults/floods.ts";
import { gzipBomb, slowBodies } from "./faults/http.ts";
import {
  halfOpenComponent,
  halfOpenPod,
  serverRestart,
  stalledStream,
} from "./faults/connections.ts";
import { table } from "./table.ts";
import { tryOut, type Fault } from "./trial.ts";

const FAULTS: Readonly<Record<string, Fault>> = {
  overload,
  "flood-pod": floodOfAPod,
  "flood-person": floodOfAPerson,
  "flood-domain": floodOfADomain,
  "slow-bodies": slowBodies,
  "gzip-bomb": gzipBomb,
  "half-open-component": halfOpenComponent,
  "half-open-pod": halfOpenPod,
  "stalled-stream": stalledStream,
  "server-restart": serverRestart,
  "database-restart": databaseRestart,
  failover,
  "disk-full": diskFull,
  "slow-commits": slowCommits,
  "clock-forward": clock(3_600_000),
  "clock-back": clock(-3_600_000),
};

/** Of one fault, its world included. */
const LIMIT_MS = 180_000;

async function main(wanted: readonly string[]): Promise<number> {
  const unknown = wanted.filter((name) => !Object.hasOwn(FAULTS, name));
  if (unknown.length > 0) {
    console.error(`no ${unknown.join(", ")}; there are ${Object.keys(FAULTS).join(", ")}`);
    return 1;
  }
  const bad: string[] = [];
  for (const [name, fault] of Object.entries(FAULTS)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    console.log(`\n${name}: ${fault.says}`);
    const overtime = setTimeout(() => {
      console.error("not done in time");
      process.exit(1);
    }, LIMIT_MS);
    const outcome = await tryOut(fault).catch((error: unknown) => {
      console.error(error);
      return null;
    });
    clearTimeout(overtime);
    if (outcome !== null) console.log(table(outcome));
    if (outcome === null || outcome.wrong.length > 0) bad.push(name);
  }
  console.log(bad.length === 0 ? "\nall as they have to be" : `\nnot so: ${bad.join(", ")}`);
  return bad.length === 0 ? 0 : 1;
}

process.exit(await main(process.argv.slice(2)));

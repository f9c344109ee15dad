/**
 * `npm run upgrade-test`: two versions side by side on one database. The old one, of a git
 * revision, carries posts both ways; `migrate` of the new one brings the tables up to date under
 * it; the new one is started beside it, and the old one is stopped. Nothing may be lost or doubled.
 *
 *     npm run upgrade-test -- [revision] [seed]
 *
 * Without a revision: the newest one whose migrations are not those of this checkout.
 */
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { promisify } from "node:util";
import { freePort } from "../../dev/ports.ts";
import { startBalancer } from "../support/balancer.ts";
import { alice, prepareTraffic, report, type Outcome } from "../support/both-ways.ts";
import { pause } from "../support/e2e-client.ts";
import {
  startDaemon,
  writeConfig,
  type Daemon,
  type DaemonSettings,
} from "../support/e2e-daemon.ts";
import { seededRandom } from "../support/e2e-random.ts";
import { startWorld, type World } from "../support/e2e-world.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const POSTS = 200;
const LOAD_MS = 40_000;
const LIMIT_MS = 5 * 60_000;
const run = promisify(execFile);

async function main([wanted, given]: readonly string[]): Promise<number> {
  const seed = Number(given ?? Math.floor(Math.random() * 2 ** 32));
  const revision = git("rev-parse", "--short", wanted ?? olderRevision());
  console.log(`from ${revision} to this checkout; seed ${String(seed)}`);
  const began = performance.now();
  const folder = mkdtempSync(join(tmpdir(), "dx-upgrade-"));
  const ending: (() => unknown)[] = [
    () => {
      rmSync(folder, { recursive: true, force: true });
    },
  ];
  const end = async (): Promise<void> => {
    for (const one of ending.splice(0).reverse()) await one();
  };
  const overtime = setTimeout(() => {
    console.error(`not done in ${String(LIMIT_MS / 60_000)} minutes`);
    void end().then(() => process.exit(1));
  }, LIMIT_MS);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void end().then(() => process.exit(1)));
  }
  try {
    const outcomes = await upgrade(packed(revision, folder), seededRandom(seed), ending);
    return report(outcomes, seed, Math.round((performance.now() - began) / 1000));
  } finally {
    clearTimeout(overtime);
    await end();
  }
}

function git(...args: readonly string[]): string {
  return execFileSync("git", args, { cwd: ROOT, encoding: "utf8" }).trim();
}

function olderRevision(): string {
  const ours = readdirSync(join(ROOT, "migrations")).sort().join("\n");
  for (const revision of git("log", "--format=%H", "--", "migrations").split("\n")) {
    // What this one changed was not there before it.
    for (const one of [revision, `${revision}~1`]) {
      if (git("ls-tree", "--name-only", `${one}:migrations`) !== ours) return one;
    }
  }
  return "HEAD~1";
}

/** The revision's files, with this checkout's dependencies. Returns its program. */
function packed(revision: string, folder: string): string {
  const old = join(folder, "old");
  mkdirSync(old);
  const archive = execFileSync("git", ["archive", revision], { cwd: ROOT, maxBuffer: 2 ** 28 });
  execFileSync("tar", ["-x", "-C", old], { input: archive });
  symlinkSync(join(ROOT, "node_modules"), join(old, "node_modules"));
  return join(old, "bin", "diaspora-x.mjs");
}

async function upgrade(
  oldBin: string,
  random: () => number,
  ending: (() => unknown)[],
): Promise<Record<string, Outcome>> {
  process.env["DIASPORA_X_TEST_BIN"] = oldBin;
  const world = await startWorld({ people: [alice], forceNodeConfig: true });
  delete process.env["DIASPORA_X_TEST_BIN"];
  ending.push(() => world.close());
  const traffic = await prepareTraffic({ world, posts: POSTS, forMs: LOAD_MS, random });
  await world.daemon.stop();
  const old = await settingsOf(world, "old", { bin: oldBin });
  const fresh = await settingsOf(world, "new");
  const targets = [{ port: old.httpPort }, { port: fresh.httpPort }];
  const balancer = await startBalancer({ port: world.settings.httpPort, targets: () => targets });
  ending.push(() => balancer[Symbol.asyncDispose]());
  world.daemon = await startDaemon(old);
  const [after] = await Promise.all([replace(world, fresh, ending), traffic.send()]);
  const outcomes = await traffic.outcomes();
  await after.stop();
  return outcomes;
}

async function settingsOf(
  world: World,
  name: string,
  more: Partial<DaemonSettings> = {},
): Promise<DaemonSettings> {
  const dir = join(world.dir, name);
  mkdirSync(dir);
  return { ...world.settings, dir, httpPort: await freePort(), ...more };
}

/** As docs/operations.md tells it to the operator. */
async function replace(
  world: World,
  settings: DaemonSettings,
  ending: (() => unknown)[],
): Promise<Daemon> {
  const bin = join(ROOT, "bin", "diaspora-x.mjs");
  await pause(LOAD_MS / 4);
  const migrated = await run(
    process.execPath,
    [bin, "migrate", "--config", writeConfig(settings)],
    {
      env: { PATH: process.env["PATH"] },
    },
  );
  console.log(lastLine(migrated.stdout));
  await pause(LOAD_MS / 8);
  const fresh = await startDaemon(settings);
  ending.push(() => fresh.stop());
  console.log("the new version runs beside the old one");
  await pause(LOAD_MS / 4);
  const code = await world.daemon.stop();
  console.log(`the old version has ended with ${String(code)}`);
  if (code !== 0) throw new Error("the old version did not stop in order");
  world.daemon = fresh;
  return fresh;
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}

process.exit(await main(process.argv.slice(2)));

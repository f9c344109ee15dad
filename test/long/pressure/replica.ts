/** A second PostgreSQL that follows the first one, made from a cold copy of it. */
import { spawn, spawnSync } from "node:child_process";
import { appendFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findBinaries, programEnvironment } from "../../../src/store/embedded-binaries.ts";
import { openDatabase, run, type Database } from "../../../src/store/database.ts";
import { until } from "../../support/e2e-client.ts";
import type { Stage } from "./stage.ts";

export interface Replica {
  readonly url: string;
  readonly pid: number;
  /** For the superuser that the private database has. */
  ask(sql: string): Promise<void>;
  stop(): Promise<void>;
}

/** Commits of the first wait for it from then on. */
export async function startReplica(stage: Stage): Promise<Replica> {
  const { world } = stage;
  const { dataDir } = world.database;
  const data = join(dataDir, "cluster", "data");
  await world.database.stop();
  appendFileSync(join(data, "pg_hba.conf"), "\nlocal replication all scram-sha-256\n");
  const copy = join(world.dir, "replica");
  if (spawnSync("cp", ["-a", dataDir, copy]).status !== 0) throw new Error("no copy was made");
  await world.restartDatabase();
  const folder = join(copy, "cluster");
  const { uid, gid } = statSync(join(folder, "data"));
  rmSync(join(folder, "data", "postmaster.pid"), { force: true });
  writeFileSync(join(folder, "data", "standby.signal"), "");
  const first = new URL(world.database.url);
  const conninfo = `host=${first.searchParams.get("host") ?? ""} user=${first.username} password=${first.password} application_name=replica`;
  const socket = join(folder, "socket");
  const [binaries] = findBinaries();
  if (binaries === undefined) throw new Error("there is no PostgreSQL");
  const settings = {
    listen_addresses: "",
    unix_socket_directories: socket,
    primary_conninfo: conninfo,
    hot_standby: "on",
    max_connections: "60",
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const child = spawn(join(binaries.root, "bin/postgres"), ["-D", join(folder, "data"), ...args], {
    cwd: "/",
    env: programEnvironment(),
    stdio: "ignore",
    uid,
    gid,
  });
  const url = new URL(first);
  url.searchParams.set("host", socket);
  const db = openDatabase({ url: url.href, poolSize: 1 });
  const ask = (sql: string): Promise<void> => asked(db, sql);
  await until(
    "the replica there",
    () =>
      ask("select 1")
        .then(() => true)
        .catch(() => false),
    30_000,
  );
  await asked(stage.db(), "alter system set synchronous_standby_names = 'replica'");
  await asked(stage.db(), "select pg_reload_conf()");
  return {
    url: url.href,
    pid: child.pid ?? 0,
    ask,
    stop: async () => {
      await db.destroy();
      const ended = new Promise((resolve) => child.once("exit", resolve));
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGINT");
      await ended;
    },
  };
}

export async function asked(db: Database, sql: string): Promise<void> {
  await run(db, sql);
}

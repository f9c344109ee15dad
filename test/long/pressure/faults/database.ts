/** What can happen to the database. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pause } from "../../../support/e2e-client.ts";
import { asked, startReplica, type Replica } from "../replica.ts";
import { socketOf } from "../stage.ts";
import type { Fault } from "../trial.ts";

export const databaseRestart: Fault = {
  says: "the database stops, and is there again after 4 seconds",
  seconds: 0,
  part: "database",
  inject: async ({ world }) => {
    await world.database.stop();
    await pause(4_000);
    await world.restartDatabase();
    return () => Promise.resolve(undefined);
  },
};

const second: { replica: Replica | null } = { replica: null };

function replica(): Replica {
  if (second.replica === null) throw new Error("there is no replica");
  return second.replica;
}

export const failover: Fault = {
  says: "the database dies, and its replica takes over 3 seconds later",
  seconds: 0,
  part: "database",
  prepare: async (stage) => {
    second.replica = await startReplica(stage);
  },
  inject: async (stage) => {
    const { database } = stage.world;
    const next = replica();
    await database.stop();
    stage.links.database.cut();
    await pause(3_000);
    await next.ask("select pg_promote()");
    stage.target = socketOf(next.url);
    stage.world.database = { ...next, dataDir: database.dataDir };
    stage.links.database.heal(false);
    return () => Promise.resolve(undefined);
  },
};

export const slowCommits: Fault = {
  says: "a commit takes 2 seconds (a replica that applies late, and is waited for)",
  seconds: 15,
  prepare: async (stage) => {
    second.replica = await startReplica(stage);
    stage.ending.push(() => replica().stop());
  },
  inject: async (stage) => {
    const set = async (delay: string, commit: string): Promise<void> => {
      await replica().ask(`alter system set recovery_min_apply_delay = '${delay}'`);
      await replica().ask("select pg_reload_conf()");
      await asked(stage.db(), `alter system set synchronous_commit = '${commit}'`);
      await asked(stage.db(), "select pg_reload_conf()");
    };
    await set("2s", "remote_apply");
    return async () => {
      await set("0", "on");
      return undefined;
    };
  },
};

const DISK_MB = 400;

export const diskFull: Fault = {
  says: "the database's disk is full for 8 seconds (a file system of its own; needs root)",
  seconds: 8,
  part: "database",
  world: {
    prepareDatabase: (dir) => {
      mkdirSync(dir);
      const size = `size=${String(DISK_MB)}m`;
      if (spawnSync("mount", ["-t", "tmpfs", "-o", size, "tmpfs", dir]).status !== 0) {
        throw new Error("no file system could be mounted: this needs root");
      }
      chmodSync(dir, 0o755);
      process.once("exit", () => spawnSync("umount", ["-l", dir]));
    },
  },
  prepare: ({ ending, world }) => {
    ending.push(async () => {
      await world.daemon.stop();
      await world.database.stop();
      spawnSync("umount", ["-l", world.database.dataDir]);
    });
    return Promise.resolve();
  },
  inject: async ({ world }) => {
    const file = join(world.database.dataDir, "full");
    const fill = (): void => {
      const { bavail, bsize } = statfsSync(world.database.dataDir);
      const free = bavail * bsize;
      if (free > 0) writeFileSync(file, Buffer.alloc(free), { flag: "a" });
    };
    const full = setInterval(() => {
      try {
        fill();
      } catch {
        // Full it is.
      }
    }, 50);
    await Promise.resolve();
    return () => {
      clearInterval(full);
      rmSync(file, { force: true });
      return Promise.resolve(undefined);
    };
  },
};

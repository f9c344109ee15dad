/** SIGHUP, as the operator sees it. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { stringify } from "yaml";
import { reloader } from "../../../src/cli/reload.ts";
import { readConfig, type Config } from "../../../src/config.ts";
import type { LevelledLog } from "../../../src/log/pino.ts";
import { tempFolder, VALID } from "../config/support.ts";

interface Bench {
  readonly said: string[];
  readonly taken: Config[];
  readonly database: { away: boolean };
  change(content: unknown): Promise<void>;
}

function bench(t: TestContext, env: Record<string, string> = {}): Bench {
  const file = join(tempFolder(t), "config.yaml");
  const source = { file, env };
  const said: string[] = [];
  const taken: Config[] = [];
  const database = { away: false };
  const say = (level: string) => (facts: unknown, sentence: string) => {
    said.push(`${level}: ${sentence} ${JSON.stringify(facts)}`);
  };
  const log: LevelledLog = {
    debug: say("debug"),
    info: say("info"),
    warn: say("warn"),
    error: say("error"),
    setLevel: (level) => said.push(`level ${level}`),
  };
  writeFileSync(file, stringify(VALID));
  const { written } = readConfig(source);
  assert.ok(written !== null);
  const daemon = {
    reload: (config: Config) => {
      taken.push(config);
      return database.away ? Promise.reject(new Error("away")) : Promise.resolve();
    },
  };
  const hangUp = reloader({ source, written, daemon, log });
  return {
    said,
    taken,
    database,
    async change(content) {
      writeFileSync(file, typeof content === "string" ? content : stringify(content));
      said.length = 0;
      hangUp();
      for (let round = 0; said.length === 0 && round < 200; round += 1) await sleep(5);
      await sleep(5);
    },
  };
}

test("what can be taken counts at once, and what cannot is named in one warning", async (t) => {
  const { change, said, taken } = bench(t);
  await change({ ...VALID, data_dir: "elsewhere", log: { level: "debug", format: "pretty" } });
  assert.deepEqual(said, [
    "level debug",
    'info: the configuration was read again {"changed":["log.level"]}',
    'warn: these keys were changed, and count from a restart on {"kept":["data_dir","log.format"]}',
  ]);
  assert.deepEqual(
    taken.map(({ log }) => log),
    [{ level: "debug", format: "json" }],
  );
  await change({ ...VALID, log: { level: "debug" } });
  assert.deepEqual(said.slice(1), ['info: the configuration was read again {"changed":[]}']);
});

test("a file that is wrong changes nothing and says why, and the next one counts", async (t) => {
  const { change, said, taken } = bench(t);
  await change({ ...VALID, limits: { posts_per_day: 3 }, server: { port: "a secret" } });
  assert.equal(taken.length, 0);
  assert.equal(said.length, 1);
  assert.match(said[0] ?? "", /^error: .*nothing of it counts.*server\.port is no number; give a/);
  await change("xmpp: [");
  assert.match(said[0] ?? "", /not valid YAML/);
  await change({ ...VALID, limits: { posts_per_day: 3 } });
  assert.equal(taken[0]?.limits.postsPerDay, 3);
});

test("while the database is away, what was changed counts all the same, and all of it", async (t) => {
  const { change, database, said, taken } = bench(t);
  database.away = true;
  await change({ ...VALID, limits: { posts_per_day: 3 }, log: { level: "debug" } });
  assert.equal(taken[0]?.limits.postsPerDay, 3);
  assert.equal(said[0], "level debug");
  assert.match(said[1] ?? "", /^error: .*not taken over as a whole/);
  database.away = false;
  await change({ ...VALID, log: { level: "debug" } });
  assert.equal(
    said[1],
    'info: the configuration was read again {"changed":["limits.posts_per_day"]}',
  );
});

test("the environment wins over the file, as at the start", async (t) => {
  const { change, said } = bench(t, { DIASPORA_X_LOG_LEVEL: "error" });
  await change({ ...VALID, log: { level: "debug" } });
  assert.deepEqual(said[0], "level error");
});

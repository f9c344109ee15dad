import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setImmediate } from "node:timers/promises";
import { promisify } from "node:util";
import type { Worker } from "node:worker_threads";
import { createDecryptPool } from "../../../src/salmon/decrypt-pool.ts";
import { encryptEnvelope } from "../../../src/salmon/encrypted-envelope.ts";
import { generateKeyPair } from "../../../src/salmon/keys.ts";
import { alice, bob, codeOf, mallory, type TestPerson } from "./people.ts";

const XML = "<me:env>é</me:env>";

/** Handed to a thread at once; what comes then waits for its turn. */
const WITH_THREAD = 16;

type Keys = Pick<TestPerson, "privatePem" | "publicPem">;

const bodyFor = (person: Keys, xml = XML): Buffer =>
  Buffer.from(encryptEnvelope(xml, person.publicPem));

/** The threads that are started from here on. */
function watchThreads(t: TestContext): Worker[] {
  const started: Worker[] = [];
  const onWorker = (worker: Worker): void => void started.push(worker);
  process.on("worker", onWorker);
  t.after(() => process.off("worker", onWorker));
  return started;
}

test("many at once are decrypted, each answer for its own question", async () => {
  await using pool = createDecryptPool({ threads: 2 });
  const texts = Array.from({ length: 12 }, (_, i) => `<n>${String(i)}</n>`);
  const opened = await Promise.all(
    texts.map((text) => pool.decrypt(bodyFor(bob, text), bob.privatePem)),
  );
  assert.deepEqual(opened.map(String), texts);
});

test("whatever fails, fails alike", async () => {
  await using pool = createDecryptPool({ threads: 1 });
  const failing: readonly [body: Buffer, privatePem: string][] = [
    [Buffer.from("{}"), bob.privatePem],
    [bodyFor(mallory), bob.privatePem],
    [bodyFor(bob), "no key"],
    [Buffer.alloc(4 << 20, "{"), bob.privatePem],
  ];
  for (const [body, pem] of failing) {
    const decrypted = pool.decrypt(body, pem);
    await assert.rejects(decrypted, { message: "the private message cannot be decrypted" });
    await assert.rejects(decrypted, (error: Error) => error.cause === undefined);
  }
});

test("the caller keeps the body, whatever buffer it is a part of", async () => {
  await using pool = createDecryptPool({ threads: 1 });
  const body = bodyFor(bob);
  const larger = Buffer.concat([Buffer.from("before"), body, Buffer.from("behind")]);
  const part = larger.subarray(6, 6 + body.length);
  assert.equal(String(await pool.decrypt(part, bob.privatePem)), XML);
  assert.deepEqual(part, body);
  assert.equal(String(await pool.decrypt(part, bob.privatePem)), XML);
});

test("a key of 1024 bits has room for the AES key", async () => {
  await using pool = createDecryptPool({ threads: 1 });
  const small = await generateKeyPair(1024);
  assert.equal(String(await pool.decrypt(bodyFor(small), small.privatePem)), XML);
});

test("more than may wait is put off, not piled up", async () => {
  await using pool = createDecryptPool({ threads: 1, maxWaiting: 2 });
  const body = bodyFor(bob);
  const codes = await Promise.all(
    Array.from({ length: WITH_THREAD + 3 }, () => codeOf(() => pool.decrypt(body, bob.privatePem))),
  );
  assert.deepEqual(codes, [...Array<string>(WITH_THREAD + 2).fill("no error"), "DX_BACKLOG_FULL"]);
});

test("who sends most gives way, and whoever has one message does not wait for all of theirs", async () => {
  await using pool = createDecryptPool({ threads: 1, maxWaiting: 4 });
  const order: string[] = [];
  const send = async (who: string, person: Keys): Promise<string> => {
    const code = await codeOf(() => pool.decrypt(bodyFor(person), person.privatePem));
    if (code === "no error") order.push(who);
    return code;
  };
  const many = Array.from({ length: WITH_THREAD + 4 }, () => send("many", bob));
  const few = [send("alice", alice), send("mallory", mallory)];
  assert.deepEqual(await Promise.all(few), ["no error", "no error"]);
  const codes = await Promise.all(many);
  assert.equal(codes.filter((code) => code === "DX_BACKLOG_FULL").length, 2);
  assert.deepEqual(order.slice(WITH_THREAD), ["many", "alice", "mallory", "many"]);
});

test("a thread that died is replaced, and what it was at may be tried again", async (t) => {
  const started = watchThreads(t);
  await using pool = createDecryptPool({ threads: 1 });
  const body = bodyFor(bob);
  const codes = Array.from({ length: WITH_THREAD + 2 }, () =>
    codeOf(() => pool.decrypt(body, bob.privatePem)),
  );
  await setImmediate();
  await started[0]?.terminate();
  assert.deepEqual(await Promise.all(codes), [
    ...Array<string>(WITH_THREAD).fill("DX_INTERNAL"),
    ...["no error", "no error"],
  ]);
  assert.equal(started.length, 2);
});

test("a closed pool leaves nothing open and nobody waiting", async (t) => {
  const started = watchThreads(t);
  const pool = createDecryptPool({ threads: 2 });
  const body = bodyFor(bob);
  const codes = Array.from({ length: 8 }, () => codeOf(() => pool.decrypt(body, bob.privatePem)));
  await pool.close();
  assert.deepEqual(await Promise.all(codes), Array(8).fill("DX_INTERNAL"));
  assert.equal(await codeOf(() => pool.decrypt(body, bob.privatePem)), "DX_INTERNAL");
  assert.equal(started.length, 2);
});

test("idle threads keep no process alive", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "decrypt-pool-"));
  t.after(() => rm(folder, { recursive: true }));
  const source = new URL("../../../src/salmon/decrypt-pool.ts", import.meta.url).href;
  const script = join(folder, "once.mjs");
  await writeFile(
    script,
    `import { createDecryptPool } from ${JSON.stringify(source)};
    const decrypted = createDecryptPool().decrypt(Buffer.from("{}"), "");
    await decrypted.catch((error) => console.log(error.code));`,
  );
  const { stdout } = await promisify(execFile)(process.execPath, [script], { timeout: 60_000 });
  assert.equal(stdout, "DX_DECRYPT_FAILED\n");
});

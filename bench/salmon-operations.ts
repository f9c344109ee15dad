/** The four operations of the salmon bench, each beside the RSA operation under it. */
import { Worker } from "node:worker_threads";
import { createDecryptPool, type DecryptPool } from "../src/salmon/decrypt-pool.ts";
import { writeEntity } from "../src/salmon/entities/write.ts";
import { sealEnvelope } from "../src/salmon/magic-envelope.ts";
import { openPrivate, openPublic } from "../src/salmon/receive/open.ts";
import { activityToEntity } from "../src/salmon/translate/to-entity.ts";
import type { Material } from "./salmon-material.ts";
import type { ThreadAnswer, ThreadJob } from "./salmon-thread.ts";

export interface Run {
  readonly operations: number;
  /** On all cores together. */
  readonly perSecond: number;
}
export type Measure = (material: Material, milliseconds: number) => Promise<Run>;

export interface Operation {
  readonly name: string;
  readonly bareName: string;
  readonly bare: Measure;
  readonly ours: Measure;
  /** The aims for 4096 bits: of the bare rate, or per second and core. */
  readonly aim: { readonly percent: number } | { readonly perCore: number };
}

export interface Bench extends AsyncDisposable {
  readonly operations: readonly Operation[];
  readonly decryptAndOpen: Measure;
}

/** Of two hosts as many as the inbox opens side by side. */
const IN_FLIGHT = 40;
const THREAD_URL = new URL("./salmon-thread.ts", import.meta.url);

export function startBench(cores: number): Bench {
  const threads = Array.from({ length: cores }, () => new Worker(THREAD_URL));
  const pool = createDecryptPool({ threads: cores });
  const decryptAndOpen = decryptAndOpenWith(pool);
  return {
    operations: [
      {
        name: "open + verify + parse + validate",
        bareName: "verify",
        bare: onThreads(threads, "verify"),
        ours: openPosts,
        aim: { perCore: 3_000 },
      },
      {
        name: "build + sign",
        bareName: "sign",
        bare: onThreads(threads, "sign"),
        ours: buildAndSign,
        aim: { percent: 90 },
      },
      {
        name: "encrypt for one more recipient",
        bareName: "publicEncrypt",
        bare: onThreads(threads, "publicEncrypt"),
        ours: onThreads(threads, "encryptEnvelope"),
        aim: { percent: 60 },
      },
      {
        name: "decrypt + open",
        bareName: "privateDecrypt",
        bare: onThreads(threads, "privateDecrypt"),
        ours: decryptAndOpen,
        aim: { percent: 90 },
      },
    ],
    decryptAndOpen,
    async [Symbol.asyncDispose]() {
      await pool.close();
      await Promise.all(threads.map((thread) => thread.terminate()));
    },
  };
}

function onThreads(threads: readonly Worker[], task: ThreadJob["task"]): Measure {
  return async (material, milliseconds) => {
    const answers = await Promise.all(
      threads.map(async (thread): Promise<ThreadAnswer> => {
        const answered = answerOf(thread);
        thread.postMessage({ task, material, milliseconds } satisfies ThreadJob);
        return await answered;
      }),
    );
    const sum = (of: keyof Run): number => answers.reduce((all, answer) => all + answer[of], 0);
    return { operations: sum("operations"), perSecond: sum("perSecond") };
  };
}

function answerOf(thread: Worker): Promise<ThreadAnswer> {
  return new Promise((resolve, reject) => {
    thread.removeAllListeners("error").once("error", reject);
    thread.once("message", resolve);
  });
}

const openPosts: Measure = (material, milliseconds) => {
  const body = Buffer.from(material.envelope);
  const deps = { keyOf: () => Promise.resolve(material.publicPem) };
  return repeat(milliseconds, () => openPublic(body, deps));
};

const buildAndSign: Measure = ({ post, id, privateKey }, milliseconds) =>
  repeat(milliseconds, () => sealEnvelope(writeEntity(activityToEntity(post, id)), id, privateKey));

function decryptAndOpenWith(pool: DecryptPool): Measure {
  return (material, milliseconds) => {
    const deps = { keyOf: () => Promise.resolve(material.publicPem) };
    const recipient = {
      id: material.id,
      decrypt: (body: Uint8Array) => pool.decrypt(body, material.privatePem),
    };
    return repeat(milliseconds, () => openPrivate(material.privateBody, recipient, deps));
  };
}

/** With IN_FLIGHT of them under way all the time. */
async function repeat(milliseconds: number, run: () => Promise<unknown>): Promise<Run> {
  const began = performance.now();
  let operations = 0;
  const chain = async (): Promise<void> => {
    while (performance.now() - began < milliseconds) {
      await run();
      operations += 1;
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, chain));
  return { operations, perSecond: (operations * 1000) / (performance.now() - began) };
}

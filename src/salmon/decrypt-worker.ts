/** One thread of decrypt-pool.ts: takes jobs, answers bytes or null. It keeps nothing but parsed keys. */
import type { KeyObject } from "node:crypto";
import { parentPort } from "node:worker_threads";
import { LRUCache } from "lru-cache";
import { decryptEnvelope } from "./encrypted-envelope.ts";
import { importPrivateKey } from "./keys.ts";

export interface DecryptJob {
  readonly id: number;
  readonly body: Uint8Array;
  readonly privateKeyPem: string;
}

export interface DecryptAnswer {
  readonly id: number;
  /** null for every kind of failure. */
  readonly envelope: Uint8Array | null;
}

const keys = new LRUCache<string, KeyObject>({ max: 256 });

function privateKeyOf(pem: string): KeyObject {
  const known = keys.get(pem);
  if (known !== undefined) return known;
  const key = importPrivateKey(pem);
  keys.set(pem, key);
  return key;
}

function answer(job: DecryptJob): DecryptAnswer {
  try {
    return { id: job.id, envelope: decryptEnvelope(job.body, privateKeyOf(job.privateKeyPem)) };
  } catch {
    return { id: job.id, envelope: null };
  }
}

parentPort?.on("message", (job: DecryptJob) => {
  parentPort?.postMessage(answer(job));
});

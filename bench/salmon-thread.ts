/** One thread of the salmon bench: repeats a synchronous operation for a while, and says how often. */
import { constants, privateDecrypt, publicEncrypt, sign, verify } from "node:crypto";
import { parentPort } from "node:worker_threads";
import { encryptEnvelope } from "../src/salmon/encrypted-envelope.ts";
import { importPublicKey } from "../src/salmon/keys.ts";
import type { Material } from "./salmon-material.ts";

export interface ThreadJob {
  readonly task: keyof typeof TASKS;
  readonly material: Material;
  readonly milliseconds: number;
}

/** Of this one thread. */
export interface ThreadAnswer {
  readonly operations: number;
  readonly perSecond: number;
}

const padding = constants.RSA_PKCS1_PADDING;

const TASKS = {
  sign: (m: Material) => sign("RSA-SHA256", m.signed, m.privateKey),
  verify: (m: Material) => verify("RSA-SHA256", m.signed, m.publicKey, m.signature),
  publicEncrypt: (m: Material) => publicEncrypt({ key: m.publicKey, padding }, m.keyText),
  privateDecrypt: (m: Material) => privateDecrypt({ key: m.privateKey, padding }, m.wrappedKey),
  // The key by its PEM, which is what the store has.
  encryptEnvelope: (m: Material) => encryptEnvelope(m.envelope, importPublicKey(m.publicPem)),
} as const;

function work({ task, material, milliseconds }: ThreadJob): ThreadAnswer {
  const run: (material: Material) => unknown = TASKS[task];
  const began = performance.now();
  let operations = 0;
  let elapsed = 0;
  while (elapsed < milliseconds) {
    run(material);
    operations += 1;
    elapsed = performance.now() - began;
  }
  return { operations, perSecond: (operations * 1000) / elapsed };
}

parentPort?.on("message", (job: ThreadJob) => {
  parentPort?.postMessage(work(job));
});

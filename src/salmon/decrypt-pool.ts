/**
 * Decryption off the event loop: a few worker threads, started with the first message.
 * `privateDecrypt` has no callback form, and one 4096-bit operation takes 7 ms
 * (measured), in which nobody else would be served.
 */
import { Worker } from "node:worker_threads";
import { DxError } from "../errors/error.ts";
import type { DecryptAnswer, DecryptJob } from "./decrypt-worker.ts";

export interface DecryptPool extends AsyncDisposable {
  /** The magic envelope inside. Throws DX_DECRYPT_FAILED, or DX_BACKLOG_FULL when too many wait. */
  decrypt(body: Uint8Array, privateKeyPem: string): Promise<Buffer>;
  close(): Promise<void>;
}

export interface DecryptPoolOptions {
  /** Threads; default 2. */
  readonly threads?: number;
  /** Messages that may wait for a thread; default 256. */
  readonly maxWaiting?: number;
}

interface Waiting {
  readonly resolve: (envelope: Buffer) => void;
  readonly reject: (error: DxError) => void;
}

interface Thread {
  readonly worker: Worker;
  readonly jobs: Map<number, Waiting>;
}

// The file beside this one has the same extension: .ts from the sources, .js from dist.
const WORKER_URL = new URL(
  import.meta.url.endsWith(".ts") ? "./decrypt-worker.ts" : "./decrypt-worker.js",
  import.meta.url,
);

function startThread(gone: (thread: Thread) => void): Thread {
  const worker = new Worker(WORKER_URL, { name: "decrypt" });
  const thread: Thread = { worker, jobs: new Map() };
  worker.on("message", ({ id, envelope }: DecryptAnswer) => {
    const job = thread.jobs.get(id);
    thread.jobs.delete(id);
    if (thread.jobs.size === 0) worker.unref();
    if (envelope === null) job?.reject(new DxError("DX_DECRYPT_FAILED"));
    else job?.resolve(Buffer.from(envelope.buffer, envelope.byteOffset, envelope.length));
  });
  // A thread that dies takes its jobs with it; they are retried, for they did nothing wrong.
  const end = (cause: unknown): void => {
    gone(thread);
    for (const job of thread.jobs.values()) job.reject(new DxError("DX_INTERNAL", { cause }));
    thread.jobs.clear();
  };
  worker.on("error", end);
  worker.on("exit", end);
  // An idle thread keeps no process alive.
  worker.unref();
  return thread;
}

export function createDecryptPool(options: DecryptPoolOptions = {}): DecryptPool {
  const { threads: size = 2, maxWaiting = 256 } = options;
  const threads = new Set<Thread>();
  let nextId = 0;

  function leastBusy(): Thread {
    let best: Thread | undefined;
    for (const thread of threads) {
      if (best === undefined || thread.jobs.size < best.jobs.size) best = thread;
    }
    if (best !== undefined && (best.jobs.size === 0 || threads.size >= size)) return best;
    const thread = startThread((dead) => threads.delete(dead));
    threads.add(thread);
    return thread;
  }

  function decrypt(body: Uint8Array, privateKeyPem: string): Promise<Buffer> {
    let waiting = 0;
    for (const thread of threads) waiting += thread.jobs.size;
    if (waiting >= maxWaiting) return Promise.reject(new DxError("DX_BACKLOG_FULL"));
    const thread = leastBusy();
    const id = (nextId += 1);
    return new Promise((resolve, reject) => {
      thread.jobs.set(id, { resolve, reject });
      thread.worker.ref();
      thread.worker.postMessage({ id, body, privateKeyPem } satisfies DecryptJob);
    });
  }

  async function close(): Promise<void> {
    await Promise.all([...threads].map((thread) => thread.worker.terminate()));
  }

  return { decrypt, close, [Symbol.asyncDispose]: close };
}

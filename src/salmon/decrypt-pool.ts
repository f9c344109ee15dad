/**
 * Decryption off the event loop: a few worker threads, started with the first message.
 * `privateDecrypt` has no callback form, and one 4096-bit operation takes 1.5 to 7 ms
 * (measured), in which nobody else would be served.
 */
import { Worker } from "node:worker_threads";
import { DxError } from "../errors/error.ts";
import type { DecryptAnswer, DecryptJob } from "./decrypt-worker.ts";
import { createFairQueue } from "./fair-queue.ts";

/** Threads that decrypt; to be closed, or held with `await using`. */
export interface DecryptPool extends AsyncDisposable {
  /**
   * The magic envelope inside an encrypted one. Persons take turns.
   * @param privateKeyPem - the recipient's; who has the same key is the same person
   * @throws {DxError} `DX_DECRYPT_FAILED` for every fault of the body; `DX_BACKLOG_FULL` when too
   * many wait, of which the person with most gives way; `DX_INTERNAL` when the thread died or
   * the pool is closed
   */
  decrypt(body: Uint8Array, privateKeyPem: string): Promise<Buffer>;
  /** Ends the threads; what still waits fails. */
  close(): Promise<void>;
}

/** How large a pool may grow. */
export interface DecryptPoolOptions {
  /** Threads; default 2. */
  readonly threads?: number;
  /** Messages that may wait for a thread; default 256. */
  readonly maxWaiting?: number;
}

interface Waiting {
  readonly body: Uint8Array;
  readonly privateKeyPem: string;
  readonly resolve: (envelope: Buffer) => void;
  readonly reject: (error: DxError) => void;
}

interface Thread {
  readonly worker: Worker;
  readonly jobs: Map<number, Waiting>;
}

/** As many as are answered at once, and as many so that the thread need not wait for the event loop. */
const JOBS_PER_THREAD = 16;

// The file beside this one has the same extension: .ts from the sources, .js from dist.
const WORKER_URL = new URL(
  import.meta.url.endsWith(".ts") ? "./decrypt-worker.ts" : "./decrypt-worker.js",
  import.meta.url,
);

interface ThreadEvents {
  /** It has room for more. */
  free(): void;
  gone(thread: Thread): void;
}

function startThread({ free, gone }: ThreadEvents): Thread {
  const worker = new Worker(WORKER_URL, { name: "decrypt" });
  const thread: Thread = { worker, jobs: new Map() };
  worker.on("message", (answers: readonly DecryptAnswer[]) => {
    for (const { id, envelope } of answers) {
      const job = thread.jobs.get(id);
      thread.jobs.delete(id);
      if (envelope === null) job?.reject(new DxError("DX_DECRYPT_FAILED"));
      else job?.resolve(Buffer.from(envelope.buffer));
    }
    free();
    if (thread.jobs.size === 0) worker.unref();
  });
  // A thread that dies takes its jobs with it; they are retried, for they did nothing wrong.
  const end = (cause: unknown): void => {
    const lost = [...thread.jobs.values()];
    thread.jobs.clear();
    for (const job of lost) job.reject(new DxError("DX_INTERNAL", { cause }));
    gone(thread);
  };
  worker.on("error", end);
  worker.on("exit", end);
  // An idle thread keeps no process alive.
  worker.unref();
  return thread;
}

function post({ worker, jobs }: Thread, id: number, job: Waiting): void {
  if (jobs.size === 0) worker.ref();
  jobs.set(id, job);
  // One copy: the body may be a part of a larger buffer, and belongs to the caller.
  const body = new Uint8Array(job.body);
  const message: DecryptJob = { id, body, privateKeyPem: job.privateKeyPem };
  worker.postMessage(message, [body.buffer]);
}

/** A pool without threads yet: they start with the first message, and keep no process alive. */
export function createDecryptPool(options: DecryptPoolOptions = {}): DecryptPool {
  const { threads: size = 2, maxWaiting = 256 } = options;
  const threads = new Set<Thread>();
  const queue = createFairQueue<Waiting>(maxWaiting);
  let nextId = 0;
  let closed = false;

  function freeThread(): Thread | undefined {
    let best: Thread | undefined;
    for (const thread of threads) {
      if (best === undefined || thread.jobs.size < best.jobs.size) best = thread;
    }
    if (best?.jobs.size === 0) return best;
    if (threads.size < size) {
      const thread = startThread(events);
      threads.add(thread);
      return thread;
    }
    return best !== undefined && best.jobs.size < JOBS_PER_THREAD ? best : undefined;
  }

  function work(): void {
    while (queue.size > 0 && !closed) {
      const thread = freeThread();
      if (thread === undefined) return;
      const job = queue.next();
      if (job !== undefined) post(thread, (nextId += 1), job);
    }
  }

  const events: ThreadEvents = {
    free: work,
    gone(thread) {
      threads.delete(thread);
      work();
    },
  };

  function decrypt(body: Uint8Array, privateKeyPem: string): Promise<Buffer> {
    if (closed) return Promise.reject(new DxError("DX_INTERNAL", { detail: "closed" }));
    return new Promise((resolve, reject) => {
      const job: Waiting = { body, privateKeyPem, resolve, reject };
      queue.add(privateKeyPem, job)?.reject(new DxError("DX_BACKLOG_FULL"));
      work();
    });
  }

  async function close(): Promise<void> {
    closed = true;
    for (const job of queue.empty()) job.reject(new DxError("DX_INTERNAL", { detail: "closed" }));
    await Promise.all([...threads].map(({ worker }) => worker.terminate()));
  }

  return { decrypt, close, [Symbol.asyncDispose]: close };
}

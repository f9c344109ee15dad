/**
 * What waits to be written to the component stream, in order. Bounded in stanzas and in
 * bytes; it holds only while the server reads slowly and is never a store: what must not
 * be lost is in the database until the barrier has passed (barrier.ts).
 */
import { DxError } from "../errors/error.ts";

export interface Outbox {
  /** Resolves when written. Throws DX_STREAM_DOWN, DX_OUTBOX_FULL. */
  push(text: string, bytes: number): Promise<void>;
  /** From now on written through this; the previous connection's rest is gone already. */
  attach(write: (text: string) => Promise<void>): void;
  /** Fails everything that waits, and everything pushed until the next attach. */
  detach(): void;
  /** Resolves when nothing waits. */
  idle(): Promise<void>;
}

interface Waiting {
  readonly text: string;
  readonly bytes: number;
  resolve(): void;
  reject(error: unknown): void;
}

/** Stanzas of one round are written at once: one packet and one system call for many. */
const ROUND_BYTES = 64 * 1024;

export function createOutbox(limits: {
  readonly outboxStanzas: number;
  readonly outboxBytes: number;
}): Outbox {
  let queue: Waiting[] = [];
  let flying: readonly Waiting[] = [];
  let bytes = 0;
  let write: ((text: string) => Promise<void>) | null = null;
  let pumping = false;
  let idlers: (() => void)[] = [];

  const settle = (): void => {
    flying = [];
    if (queue.length > 0) return;
    for (const resolve of idlers) resolve();
    idlers = [];
  };

  const pump = async (): Promise<void> => {
    const through = write;
    while (through !== null && write === through && queue.length > 0) {
      const round = takeRound(queue);
      flying = round;
      try {
        await through(round.map((item) => item.text).join(""));
        // detach() has settled them already when the connection ended meanwhile.
        if (write !== through) return;
        for (const item of round) item.resolve();
      } catch (error) {
        if (write !== through) return;
        for (const item of round) item.reject(error);
      }
      bytes -= sum(round);
      settle();
    }
    if (write === through) pumping = false;
  };

  return {
    push: (text, size) =>
      new Promise<void>((resolve, reject) => {
        if (write === null) {
          reject(new DxError("DX_STREAM_DOWN"));
          return;
        }
        const waiting = queue.length + flying.length;
        if (waiting >= limits.outboxStanzas || bytes + size > limits.outboxBytes) {
          reject(new DxError("DX_OUTBOX_FULL", { evidence: { waiting, bytes } }));
          return;
        }
        queue.push({ text, bytes: size, resolve, reject });
        bytes += size;
        if (pumping) return;
        pumping = true;
        // After this turn, so that what is sent in one turn goes out in one round.
        queueMicrotask(() => void pump());
      }),
    attach: (through) => {
      write = through;
      pumping = false;
    },
    detach: () => {
      write = null;
      pumping = false;
      const lost = [...flying, ...queue];
      queue = [];
      bytes = 0;
      for (const item of lost) item.reject(new DxError("DX_STREAM_DOWN"));
      settle();
    },
    idle: () =>
      queue.length + flying.length === 0
        ? Promise.resolve()
        : new Promise<void>((resolve) => {
            idlers.push(resolve);
          }),
  };
}

function takeRound(queue: Waiting[]): readonly Waiting[] {
  let size = 0;
  let count = 0;
  for (const item of queue) {
    if (count > 0 && size + item.bytes > ROUND_BYTES) break;
    size += item.bytes;
    count += 1;
  }
  return queue.splice(0, count);
}

function sum(items: readonly Waiting[]): number {
  return items.reduce((total, item) => total + item.bytes, 0);
}

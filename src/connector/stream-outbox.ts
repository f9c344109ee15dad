/**
 * What waits to be written to the component stream, in order. Bounded in stanzas and in
 * bytes; it holds only while the server reads slowly and is never a store: what must not
 * be lost is in the database until the barrier has passed (barrier.ts).
 */
import { DxError } from "../errors/error.ts";

export interface Outbox {
  /** Not written yet. */
  waiting(): { readonly stanzas: number; readonly bytes: number };
  /** Resolves when written. Throws DX_STREAM_DOWN, DX_OUTBOX_FULL. */
  push(text: string | Buffer, bytes: number): Promise<void>;
  /** From now on written through this; the previous connection's rest is gone already. */
  attach(write: Write): void;
  /** Fails everything that waits, and everything pushed until the next attach. */
  detach(): void;
  /** Resolves when nothing waits. */
  idle(): Promise<void>;
}

/** Resolves when the kernel has taken the text. */
export type Write = (text: string | Buffer) => Promise<void>;

export interface OutboxLimits {
  readonly outboxStanzas: number;
  readonly outboxBytes: number;
}

interface Waiting {
  /** Bytes where many get the same: it is encoded once for all of them. */
  readonly text: string | Buffer;
  readonly bytes: number;
  resolve(): void;
  reject(error: unknown): void;
}

interface State {
  queue: Waiting[];
  /** The round that is being written. */
  flying: readonly Waiting[];
  bytes: number;
  /** null while there is no connection. */
  write: Write | null;
  pumping: boolean;
  idlers: (() => void)[];
}

/** Stanzas of one round are written at once: one packet and one system call for many. */
const ROUND_BYTES = 64 * 1024;

export function createOutbox(limits: OutboxLimits): Outbox {
  const state: State = {
    queue: [],
    flying: [],
    bytes: 0,
    write: null,
    pumping: false,
    idlers: [],
  };
  return {
    waiting: () => ({ stanzas: state.queue.length + state.flying.length, bytes: state.bytes }),
    push: (text, bytes) =>
      new Promise<void>((resolve, reject) => {
        push(state, limits, { text, bytes, resolve, reject });
      }),
    attach: (write) => {
      state.write = write;
      state.pumping = false;
    },
    detach: () => {
      detach(state);
    },
    idle: () =>
      new Promise<void>((resolve) => {
        state.idlers.push(resolve);
        tellIdlers(state);
      }),
  };
}

function push(state: State, limits: OutboxLimits, item: Waiting): void {
  const { write } = state;
  const waiting = state.queue.length + state.flying.length;
  if (write === null) {
    item.reject(new DxError("DX_STREAM_DOWN"));
    return;
  }
  if (waiting >= limits.outboxStanzas || state.bytes + item.bytes > limits.outboxBytes) {
    const evidence = { waiting, bytes: state.bytes };
    item.reject(new DxError("DX_OUTBOX_FULL", { evidence }));
    return;
  }
  state.queue.push(item);
  state.bytes += item.bytes;
  if (state.pumping) return;
  state.pumping = true;
  // After this turn, so that what is sent in one turn goes out in one round.
  queueMicrotask(() => void pump(state, write));
}

/** One connection's pump: it ends when nothing waits, or when the connection is another. */
async function pump(state: State, write: Write): Promise<void> {
  while (state.write === write && state.queue.length > 0) {
    const round = takeRound(state.queue);
    state.flying = round;
    const failure = await write(joined(round)).then(
      () => null,
      (error: unknown) => ({ error }),
    );
    // detach() has failed them already when the connection ended meanwhile.
    if (state.write !== write) return;
    state.flying = [];
    for (const item of round) {
      state.bytes -= item.bytes;
      if (failure === null) item.resolve();
      else item.reject(failure.error);
    }
    tellIdlers(state);
  }
  if (state.write === write) state.pumping = false;
}

function joined(round: readonly Waiting[]): string | Buffer {
  const texts = round.map((item) => item.text);
  if (texts.every((text) => typeof text === "string")) return texts.join("");
  return Buffer.concat(texts.map((text) => (typeof text === "string" ? Buffer.from(text) : text)));
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

function detach(state: State): void {
  const lost = [...state.flying, ...state.queue];
  state.write = null;
  state.pumping = false;
  state.flying = [];
  state.queue = [];
  state.bytes = 0;
  for (const item of lost) item.reject(new DxError("DX_STREAM_DOWN"));
  tellIdlers(state);
}

function tellIdlers(state: State): void {
  if (state.queue.length + state.flying.length > 0) return;
  const { idlers } = state;
  state.idlers = [];
  for (const resolve of idlers) resolve();
}

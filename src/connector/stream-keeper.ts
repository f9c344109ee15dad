/**
 * Keeps one session of the component stream alive: connects, and connects again after
 * every end, later each time, until it is stopped or the server refuses for good.
 */
import { DxError, describeError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import {
  FRESH,
  nextRetry,
  REFUSAL_WORDS,
  type Refusal,
  type RetryState,
} from "./stream-backoff.ts";
import type { StreamLimits } from "./stream-limits.ts";
import {
  openSession,
  type Session,
  type SessionEnd,
  type SessionOptions,
} from "./stream-session.ts";

export interface KeeperOptions {
  readonly domain: string;
  readonly host: string;
  readonly port: number;
  readonly secret: string;
  readonly limits: StreamLimits;
  readonly log: Log;
  /** [0, 1). */
  random(): number;
  readonly onStanza: SessionOptions["onStanza"];
  readonly onDropped: SessionOptions["onDropped"];
  onOnline(session: Session): void;
  onOffline(): void;
  onFatal(error: DxError): void;
}

export interface Keeper {
  /** The session, once it is online; null otherwise. */
  readonly session: Session | null;
  /** Resolves after the first attempt, whatever came of it. */
  start(): Promise<void>;
  /** `flush` is awaited before the goodbye, when online. */
  stop(flush: () => Promise<void>): Promise<void>;
}

interface State {
  readonly options: KeeperOptions;
  session: Session | null;
  online: boolean;
  onlineSince: number;
  retry: RetryState;
  running: boolean;
  timer: NodeJS.Timeout | undefined;
  /** Called at the next end of an attempt, or of the session. */
  attempted: () => void;
  ended: () => void;
}

export function createKeeper(options: KeeperOptions): Keeper {
  const state: State = {
    options,
    session: null,
    online: false,
    onlineSince: 0,
    retry: FRESH,
    running: false,
    timer: undefined,
    attempted: () => undefined,
    ended: () => undefined,
  };
  return {
    get session() {
      return state.online ? state.session : null;
    },
    start: () =>
      new Promise<void>((resolve) => {
        if (state.running) {
          resolve();
          return;
        }
        state.running = true;
        state.retry = FRESH;
        state.attempted = resolve;
        connect(state);
      }),
    stop: (flush) => stop(state, flush),
  };
}

function connect(state: State): void {
  state.session = openSession({
    ...state.options,
    onOnline: () => {
      if (state.session === null) return;
      state.online = true;
      state.onlineSince = performance.now();
      const { domain, host, port } = state.options;
      state.options.log.info({ domain, host, port }, "the component is online");
      state.options.onOnline(state.session);
      state.attempted();
    },
    onEnd: (end) => {
      sessionEnded(state, end);
    },
  });
}

function sessionEnded(state: State, end: SessionEnd): void {
  const wasOnline = state.online;
  const lastedMs = wasOnline ? performance.now() - state.onlineSince : 0;
  state.session = null;
  state.online = false;
  if (wasOnline) state.options.onOffline();
  if (state.running) tryAgain(state, end, lastedMs);
  state.ended();
  state.attempted();
}

function tryAgain(state: State, end: SessionEnd, lastedMs: number): void {
  const { domain, limits, log } = state.options;
  const outcome = { condition: end.condition, lastedMs };
  const next = nextRetry(state.retry, outcome, limits, state.options.random());
  if (next.fatal !== null) {
    state.running = false;
    const error = refused(state.options, next.fatal);
    log.error({ domain, condition: next.fatal }, error.message);
    state.options.onFatal(error);
    return;
  }
  state.retry = next.state;
  const why = end.condition ?? describeError(end.error);
  log.warn({ domain, why, delayMs: next.delayMs }, "the component is offline and will try again");
  state.timer = setTimeout(() => {
    connect(state);
  }, next.delayMs);
}

async function stop(state: State, flush: () => Promise<void>): Promise<void> {
  const { limits } = state.options;
  state.running = false;
  clearTimeout(state.timer);
  const { session } = state;
  if (session === null) return;
  const over = new Promise<void>((resolve) => {
    state.ended = resolve;
  });
  if (state.online) await within(limits.stopMs, flush());
  // Gone meanwhile, or never there: then there is nobody to say goodbye to.
  if (state.online) await session.close(Math.min(limits.stopMs, 2_000));
  else session.destroy(new Error("stopped"));
  await over;
}

async function within(limitMs: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([work, enough]);
  clearTimeout(timer);
}

function refused(options: KeeperOptions, condition: Refusal): DxError {
  const where = `${options.domain} at ${options.host}:${String(options.port)}`;
  return new DxError("DX_COMPONENT_REFUSED", {
    detail: `${where}: ${REFUSAL_WORDS[condition]}`,
    evidence: { condition, domain: options.domain },
  });
}

/** A connection of its own that hears notifications, and comes back by itself when it breaks. */
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { describeError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import { connectionOptions } from "./database.ts";

export interface ListenerOptions {
  readonly url: string;
  readonly log: Log;
  /** What each new connection needs before it counts. */
  readonly prepare: (client: pg.Client) => Promise<void>;
  readonly onNotification: (payload: string | undefined, channel: string) => void;
  /** It ended without having been closed. */
  readonly onBreak: () => void;
  /** After a break: what was said meanwhile was not heard. */
  readonly onReturn: () => void;
}

export interface Listener {
  /** When something was last asked that was answered, by a clock that never jumps. */
  readonly heardAt: number;
  /** One statement at a time. */
  query<Row extends pg.QueryResultRow>(
    sql: string,
    values?: readonly unknown[],
  ): Promise<pg.QueryResult<Row>>;
  close(): Promise<void>;
}

const RETRY_MS = 1_000;
/** A connection whose other end has vanished without a word looks open. */
const ALIVE_EVERY_MS = 10_000;

export async function openListener(options: ListenerOptions): Promise<Listener> {
  const state = { closing: false, reconnecting: false, heardAt: performance.now() };
  let client = await connect(options, onEnd);

  function onEnd(): void {
    if (state.closing || state.reconnecting) return;
    options.onBreak();
    void reconnect();
  }

  async function reconnect(): Promise<void> {
    state.reconnecting = true;
    const fresh = await connectAgain();
    state.reconnecting = false;
    if (fresh === null) return;
    client = fresh;
    if (state.closing) await client.end().catch(() => undefined);
    else options.onReturn();
  }

  async function connectAgain(): Promise<pg.Client | null> {
    while (!state.closing) {
      try {
        const asked = performance.now();
        const fresh = await connect(options, onEnd);
        state.heardAt = asked;
        return fresh;
      } catch {
        await sleep(RETRY_MS);
      }
    }
    return null;
  }

  const query = inTurn(() => client, state);
  const alive = setInterval(() => {
    if (state.reconnecting) return;
    const asked = client;
    // Its query_timeout passed, or it is gone already: then `end` is heard, or was.
    query("select 1").catch(() => asked.end().catch(() => undefined));
  }, ALIVE_EVERY_MS);

  return {
    get heardAt() {
      return state.heardAt;
    },
    query,
    async close() {
      state.closing = true;
      clearInterval(alive);
      await client.end();
    },
  };
}

/** One after the other, and each answer noted with the time of its question. */
function inTurn(current: () => pg.Client, state: { heardAt: number }): Listener["query"] {
  let turn: Promise<unknown> = Promise.resolve();
  return <Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []) => {
    const result = turn.then(async () => {
      const asked = performance.now();
      const answer = await current().query<Row>(sql, [...values]);
      state.heardAt = asked;
      return answer;
    });
    turn = result.catch(() => undefined);
    return result;
  };
}

async function connect(options: ListenerOptions, onEnd: () => void): Promise<pg.Client> {
  const client = new pg.Client({ ...connectionOptions(options.url), statement_timeout: 0 });
  client.on("error", (error) => {
    options.log.warn({ error: describeError(error) }, "the listening connection broke");
  });
  client.on("notification", (message) => {
    options.onNotification(message.payload, message.channel);
  });
  try {
    await client.connect();
    await options.prepare(client);
  } catch (error) {
    client.end().catch(() => undefined);
    throw error;
  }
  // Not before: a client that never connected ends too, and each end would begin another loop.
  client.on("end", onEnd);
  return client;
}

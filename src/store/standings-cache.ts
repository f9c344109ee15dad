/**
 * The operator's lists in memory: each message asks them. A change is heard by NOTIFY, whichever
 * process made it, and counts at once.
 */
import { createStandings, NO_STANDINGS, type Standings } from "../activitystreams/standing.ts";
import { describeError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import type { Database } from "./database.ts";
import { openListener } from "./listener.ts";
import { allStandings, applyStandings, areApplied, STANDINGS_CHANNEL } from "./standings.ts";

export interface StandingsCache {
  now(): Standings;
  /** Reads them again, for whoever has just changed them. */
  refresh(): Promise<void>;
  /** The same after a change of the configuration, for everybody's rows too. */
  reapply(): Promise<void>;
  close(): Promise<void>;
}

export interface StandingsCacheOptions {
  readonly url: string;
  readonly db: Database;
  readonly log: Log;
  /** Pods that nobody named are suspended. */
  readonly listed: () => boolean;
  /** What was remembered of people may be wrong now. */
  readonly onChange: () => void;
  /** Default 2 s. */
  readonly againMs?: number;
}

/** Who was found while the lists changed may have been kept by what they said before. */
const AGAIN_MS = 2_000;

export async function openStandings(options: StandingsCacheOptions): Promise<StandingsCache> {
  const { db, log, listed } = options;
  const state: { standings: Standings; timer?: NodeJS.Timeout } = { standings: NO_STANDINGS };
  const newest = newestOf(() => allStandings(db));

  async function refresh(): Promise<void> {
    const read = await newest();
    if (read === null) return;
    state.standings = createStandings(read, listed());
    options.onChange();
    log.info({ entries: state.standings.size }, "the operator's lists count as they are now");
  }

  async function apply(): Promise<void> {
    await applyStandings(db, listed());
    options.onChange();
  }

  async function applyWhatChanged(): Promise<void> {
    if (!(await areApplied(db, listed()))) await apply();
    await refresh();
  }

  function heard(): void {
    refresh().catch((error: unknown) => {
      log.error({ error: describeError(error) }, "a change of the operator's lists was not read");
      clearTimeout(state.timer);
      state.timer = setTimeout(heard, AGAIN_MS);
    });
    clearTimeout(state.timer);
    state.timer = setTimeout(() => {
      apply().catch((error: unknown) => {
        log.warn({ error: describeError(error) }, "the operator's lists are applied the next time");
      });
    }, options.againMs ?? AGAIN_MS);
  }

  const listener = await listenTo(options, heard);
  try {
    await applyWhatChanged();
  } catch (error) {
    await listener.close();
    throw error;
  }
  return {
    now: () => state.standings,
    refresh,
    reapply: () =>
      applyWhatChanged().catch((error: unknown) => {
        // The database is away: it counts as soon as that is back.
        heard();
        throw error;
      }),
    async close() {
      clearTimeout(state.timer);
      await listener.close();
    },
  };
}

function listenTo(
  { log, url }: StandingsCacheOptions,
  heard: () => void,
): ReturnType<typeof openListener> {
  return openListener({
    url,
    log,
    prepare: async (client) => {
      await client.query(`listen ${STANDINGS_CHANNEL}`);
    },
    onNotification: heard,
    onBreak: () => undefined,
    onReturn: heard,
  });
}

/** Two at once may end in another order than they began in: null for what was overtaken. */
export function newestOf<T>(read: () => Promise<T>): () => Promise<T | null> {
  let begun = 0;
  let ended = 0;
  return async () => {
    begun += 1;
    const turn = begun;
    const found = await read();
    if (turn < ended) return null;
    ended = turn;
    return found;
  };
}

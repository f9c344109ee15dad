/** The parts of `/ready`, each with its words for what is wrong. Anybody may read them. */
import type { ComponentStream } from "../connector/stream.ts";
import type { Check, Finding } from "../metrics/readiness.ts";
import type { Database } from "../store/database.ts";
import { isReadOnly } from "../store/figures.ts";
import { missingMigrations } from "../store/migrate.ts";
import { writeRefusal, type WriteRefusal } from "../store/refused-writes.ts";
import type { Standby } from "./standby.ts";

const well = (says: string): Finding => ({ ok: true, says });
const wrong = (says: string): Finding => ({ ok: false, says });

const REFUSED: Readonly<Record<WriteRefusal, string>> = {
  "disk-full": "the database takes no writes: its disk is full",
  "disk-broken": "the database takes no writes: its disk fails",
  "read-only": "the database takes no writes",
};

/** `answered`: after so many seconds; null: not at all. `writable`: nothing is known against it. */
export function databaseCheck(
  db: Database,
  answered: (seconds: number | null) => void,
  writable: (writable: boolean) => void = () => undefined,
): Check {
  return {
    part: "database",
    async look() {
      const start = performance.now();
      try {
        const readOnly = await isReadOnly(db);
        answered((performance.now() - start) / 1000);
        const refusal = readOnly ? "read-only" : await writeRefusal(db);
        writable(refusal === null);
        return refusal === null ? well("answers") : wrong(REFUSED[refusal]);
      } catch {
        answered(null);
        return wrong("the database cannot be reached");
      }
    },
  };
}

/** What has been brought up to date stays so. */
export function migrationsCheck(db: Database): Check {
  let done = false;
  return {
    part: "migrations",
    async look() {
      if (done) return well("up to date");
      const missing = await missingMigrations(db).catch(() => null);
      if (missing === null) return wrong("not known while the database is away");
      done = missing.length === 0;
      return done ? well("up to date") : wrong("the schema is older than this version");
    },
  };
}

export interface Component {
  readonly stream: Pick<ComponentStream, "online">;
  /** null: not begun yet. */
  readonly standby: () => Pick<Standby, "state"> | null;
}

/** A hot standby is ready: it takes what pods send, and does with it what the holder would do. */
export function streamCheck({ stream, standby }: Component): Check {
  return {
    part: "stream",
    look() {
      const state = standby()?.state ?? "asking";
      if (state === "standing-by") {
        return { ...well("standing by: another daemon holds the component"), standby: true };
      }
      if (stream.online) return well("online");
      return state === "asking"
        ? wrong("the component is not held yet")
        : wrong("the XMPP server is not reached, or does not let the component in");
    },
  };
}

/**
 * `inbox`: how full it is. A full one is full for every process: were they all taken out of service
 * for it, pods would meet a closed door instead of a 503, and readers too.
 */
export function inboxCheck(
  inbox: () => Promise<{ readonly waiting: number }>,
  most: () => number,
): Check {
  return {
    part: "inbox",
    async look() {
      const found = await inbox().catch(() => null);
      if (found === null) return wrong("not known while the database is away");
      return found.waiting < most()
        ? well("has room")
        : { ...wrong("full: pods are asked to come back later"), serves: true };
    },
  };
}

export function drainingCheck(isDraining: () => boolean): Check {
  return {
    part: "draining",
    look: () => (isDraining() ? wrong("this daemon is being stopped") : well("no")),
  };
}

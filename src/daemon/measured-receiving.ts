/** What comes from pods, counted and timed (measuring.ts). */
import type { InboxDrainOptions, WaitingMessage } from "../federation/inbox-drain.ts";
import type { Inbox } from "../federation/ports.ts";
import type { Metrics } from "../metrics/metrics.ts";
import { answerOf, began, codeOf, secondsSince } from "./measuring.ts";

/** HTTP requests by the route that they came to. */
export function measuredAnswers(
  metrics: Metrics,
): (route: string | null, status: number, seconds: number) => void {
  return (route, status, seconds) => {
    const door = doorOf(route);
    metrics.count("diaspora_x_http_requests_total", { door, answer: answerOf(status, STATUSES) });
    metrics.observe("diaspora_x_http_answer_seconds", { door }, seconds);
  };
}

const STATUSES: readonly number[] = [200, 202, 404, 429, 503];

/** The beginning of a route → its door; the first that fits. */
const DOOR_OF: readonly (readonly [begin: string, door: string])[] = [
  ["/receive/public", "receive-public"],
  ["/receive/users/", "receive-user"],
  ["/.well-known/nodeinfo", "nodeinfo"],
  ["/nodeinfo/", "nodeinfo"],
  ["/.well-known/", "discovery"],
  ["/webfinger", "discovery"],
  ["/hcard/", "discovery"],
  ["/people/", "people"],
  ["/u/", "people"],
  ["/fetch/", "fetch"],
];
const FRONT: readonly string[] = ["/", "/robots.txt", "/live", "/ready"];

/** Whatever else is registered serves pictures. */
export function doorOf(route: string | null): string {
  if (route === null) return "other";
  if (FRONT.includes(route)) return "front";
  return DOOR_OF.find(([begin]) => route.startsWith(begin))?.[1] ?? "media";
}

/** What is kept of what pods send; `writing` says for how many the database has not answered. */
export function measuredInbox(
  inbox: Inbox,
  metrics: Metrics,
): Inbox & { readonly writing: number } {
  let writing = 0;
  return {
    get writing() {
      return writing;
    },
    async add(message) {
      writing += 1;
      try {
        await inbox.add(message);
        metrics.count("diaspora_x_inbox_stored_total", { kind: message.kind });
      } catch (error) {
        metrics.count("diaspora_x_inbox_refused_total", { code: codeOf(error) });
        throw error;
      } finally {
        writing -= 1;
      }
    },
  };
}

type Opening = Pick<InboxDrainOptions, "open" | "receive"> & {
  pending(id: string, limit: number): Promise<(WaitingMessage & { readonly waited: number })[]>;
};

/** What becomes of a kept message. */
export function measuredOpening(
  ports: Opening,
  metrics: Metrics,
): Pick<InboxDrainOptions, "pending" | "open" | "receive"> {
  /** Of a message, and then of what it says. */
  const origins = new WeakMap<object, { readonly kind: string; readonly start: number }>();
  const failed = (stage: "open" | "store", error: unknown): void => {
    metrics.count("diaspora_x_received_errors_total", { stage, code: codeOf(error) });
  };
  return {
    async pending(id, limit) {
      const found = await ports.pending(id, limit);
      for (const one of found) origins.set(one, { kind: one.kind, start: began(one.waited) });
      return found;
    },
    async open(message) {
      const { kind } = message;
      const start = began();
      try {
        const result = await ports.open(message);
        metrics.count("diaspora_x_verified_total", { kind });
        const origin = origins.get(message);
        if (origin !== undefined && result.kind === "activity")
          origins.set(result.received, origin);
        return result;
      } catch (error) {
        failed("open", error);
        throw error;
      } finally {
        metrics.observe("diaspora_x_open_seconds", { kind }, secondsSince(start));
      }
    },
    async receive(received, inboxId) {
      try {
        const kept = await ports.receive(received, inboxId);
        const origin = origins.get(received);
        if (origin !== undefined) {
          const { kind, start } = origin;
          metrics.observe("diaspora_x_received_lag_seconds", { kind }, secondsSince(start));
        }
        return kept;
      } catch (error) {
        failed("store", error);
        throw error;
      }
    },
  };
}

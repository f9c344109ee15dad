/** What goes out, counted and timed (measuring.ts). */
import type {
  DeliveryQueue,
  DestinationKind,
  PendingDelivery,
} from "../activitystreams/delivery.ts";
import type { ComponentStream } from "../connector/stream.ts";
import type { GuardedHttp } from "../http/client.ts";
import type { Metrics } from "../metrics/metrics.ts";
import { answerOf, began, codeOf, secondsSince } from "./measuring.ts";

/** Of what is read and never finished nobody says so. */
const MOST_UNDER_WAY = 20_000;

/** What waits for destinations of one kind. */
export function measuredQueue(
  queue: DeliveryQueue,
  kind: DestinationKind,
  metrics: Metrics,
): DeliveryQueue {
  const since = new Map<PendingDelivery["id"], number>();
  const count = (outcome: string, by: number): void => {
    if (by > 0) metrics.count("diaspora_x_deliveries_total", { kind, outcome }, by);
  };
  return {
    ...queue,
    async pending(...wanted) {
      const found = await queue.pending(...wanted);
      if (since.size > MOST_UNDER_WAY) since.clear();
      for (const { id, waited } of found) since.set(id, began(waited));
      return found;
    },
    async finish(outcomes) {
      for (const { id } of outcomes.delivered) {
        const start = since.get(id);
        if (start === undefined) continue;
        since.delete(id);
        metrics.observe("diaspora_x_delivery_lag_seconds", { kind }, secondsSince(start));
      }
      await queue.finish(outcomes);
      count("delivered", outcomes.delivered.length);
      count("refused", outcomes.refused.length);
    },
    async retry(delivery, next, error) {
      await queue.retry(delivery, next, error);
      count("put-off", 1);
    },
    async release(destination, release) {
      await queue.release(destination, release);
      if (release.state === "unreachable")
        metrics.count("diaspora_x_destinations_unreachable_total", { kind });
    },
  };
}

/** What is posted to pods. */
export function measuredPosts(http: GuardedHttp, metrics: Metrics): GuardedHttp {
  return {
    ...http,
    async post(url, options) {
      const start = began();
      const done = (answer: string, outcome: "answered" | "failed"): void => {
        metrics.count("diaspora_x_posts_total", { answer });
        metrics.observe("diaspora_x_post_seconds", { outcome }, secondsSince(start));
      };
      try {
        const response = await http.post(url, options);
        done(answerOf(response.status, STATUSES), "answered");
        return response;
      } catch (error) {
        done(FAILURES.get(codeOf(error)) ?? "other", "failed");
        throw error;
      }
    },
  };
}

const STATUSES: readonly number[] = [404, 410, 422, 429, 500, 502, 503, 504];
const FAILURES: ReadonlyMap<string, string> = new Map([
  ["DX_HTTP_TIMEOUT", "timeout"],
  ["DX_HTTP_UNREACHABLE", "unreachable"],
  ["DX_ADDRESS_FORBIDDEN", "forbidden"],
  ["DX_SUSPENDED", "forbidden"],
]);

/** What is handed to the XMPP server, and how long it takes to answer behind that. */
export function measuredStream(stream: ComponentStream, metrics: Metrics): ComponentStream {
  const count = (kind: string, by = 1): void => {
    metrics.count("diaspora_x_stanzas_sent_total", { kind }, by);
  };
  return {
    domain: stream.domain,
    get online() {
      return stream.online;
    },
    get epoch() {
      return stream.epoch;
    },
    waiting: () => stream.waiting(),
    start: () => stream.start(),
    stop: () => stream.stop(),
    send(stanza) {
      count(stanza.local);
      return stream.send(stanza);
    },
    sendToAll(stanza, to) {
      count(stanza.local, to.length);
      return stream.sendToAll(stanza, to);
    },
    request(question) {
      count("iq");
      return stream.request(question);
    },
    async confirm(epoch) {
      const start = began();
      await stream.confirm(epoch);
      metrics.observe("diaspora_x_barrier_seconds", {}, secondsSince(start));
    },
  };
}

/** How the posts of each server's people come, said once in the log. */
import { domainOf, type Jid } from "../activitystreams/ids.ts";
import type { Log } from "../log/log.ts";
import type { EventWay } from "./ports.ts";

interface Person {
  readonly jid: Jid;
}

export interface FeedWays {
  readonly comesBy: (person: Person, way: EventWay) => void;
  readonly silent: (person: Person) => void;
}

const SAID: Readonly<Record<EventWay, string>> = {
  subscription: "events of this server's people come by subscription",
  presence: "events of this server's people come by presence and caps; retractions may not",
};

export function createFeedWays(log: Log): FeedWays {
  const said = new Set<string>();
  const once = (key: string, say: () => void): void => {
    if (said.has(key)) return;
    said.add(key);
    say();
  };
  return {
    comesBy: ({ jid }, way) => {
      const domain = domainOf(jid);
      once(`${domain} ${way}`, () => {
        log.info({ domain, way }, SAID[way]);
      });
    },
    silent: ({ jid }) => {
      const domain = domainOf(jid);
      once(domain, () => {
        log.warn(
          { domain },
          "a post of this server's people was found by reading, no event came: they arrive later " +
            "than they could. On ejabberd set force_node_config with presence_based_delivery: " +
            "false for urn:xmpp:microblog:0*, or let people allow the gateway to see their presence",
        );
      });
    },
  };
}

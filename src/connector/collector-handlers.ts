/** What people's servers send to the component itself: events of their nodes, presence. */
import { NOTIFY_MICROBLOG, NS_PUBSUB_EVENT } from "../pep/namespaces.ts";
import type { CollectorPresence } from "./collector-presence.ts";
import type { Feed } from "./feed.ts";
import type { Handler } from "./handler.ts";

export function collectorHandlers(feed: Feed, presence: CollectorPresence): Handler[] {
  return [
    {
      kind: "message",
      to: "component",
      // Servers send events as headline or normal, by the node's configuration.
      types: ["headline", "normal"],
      payload: { ns: NS_PUBSUB_EVENT, name: "event" },
      features: [NOTIFY_MICROBLOG],
      receive: ({ from, stanza }) => {
        // A person's node is at the bare JID; a full one would be a client that plays server.
        if (from.resource === null) feed.onMessage(from.bare, stanza);
      },
    },
    {
      kind: "presence",
      to: "component",
      types: ["available", "unavailable", "probe", "subscribe", "subscribed", "unsubscribe"],
      receive: ({ from, stanza }) =>
        presence.handle({
          type: stanza.attrs["type"],
          from: from.bare,
          fullFrom: from.full,
        }),
    },
  ];
}

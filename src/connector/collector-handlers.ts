/** What people's servers send to the component itself: events of their nodes, presence. */
import {
  NODE_COMMENTS,
  NODE_MICROBLOG,
  NODE_VCARD4,
  NOTIFY_MICROBLOG,
  NS_AVATAR_METADATA,
  NS_NICK,
  NS_PUBSUB_EVENT,
} from "../pep/namespaces.ts";
import { readEvent } from "../pep/read-event.ts";
import type { CollectorPresence } from "./collector-presence.ts";
import type { Comments } from "./collector-comments.ts";
import type { Dropped } from "./dropped.ts";
import type { Feed } from "./feed.ts";
import type { AddresseeClass, Handler, Incoming, MessageType } from "./handler.ts";
import type { OwnProfile } from "./collector-profile.ts";

export interface Collectors {
  readonly feed: Pick<Feed, "onEvent">;
  readonly comments: Pick<Comments, "onEvent">;
  readonly profile: Pick<OwnProfile, "look">;
  readonly presence: CollectorPresence;
  readonly dropped: Dropped;
}

/** Nodes in which people tell of themselves. */
const PROFILE_NODES: readonly string[] = [NODE_VCARD4, NS_AVATAR_METADATA, NS_NICK];

export function collectorHandlers(collectors: Collectors): Handler[] {
  return [
    ...(["component", "person", "other"] as const).flatMap((to) => wrapperHandlers(to, collectors)),
    {
      kind: "message",
      to: "component",
      // Servers send events as headline or normal, by the node's configuration.
      types: ["headline", "normal"],
      payload: { ns: NS_PUBSUB_EVENT, name: "event" },
      features: [NOTIFY_MICROBLOG, ...PROFILE_NODES.map((node) => `${node}+notify`)],
      receive: (message) => {
        takeEvent(message, collectors);
      },
    },
    {
      kind: "presence",
      to: "component",
      types: [
        ...(["available", "unavailable", "probe", "subscribe"] as const),
        ...(["subscribed", "unsubscribe", "unsubscribed"] as const),
      ],
      receive: ({ from, stanza }) =>
        collectors.presence.handle({
          type: stanza.attrs["type"],
          from: from.bare,
          fullFrom: from.full,
        }),
    },
  ];
}

/** Openfire sends every node of a person, so the node is looked at before anything else. */
function takeEvent({ from, stanza }: Incoming, collectors: Collectors): void {
  const { dropped } = collectors;
  // A person's node is at the bare JID; a full one would be a client that plays server.
  if (from.resource !== null) {
    dropped("full-jid");
    return;
  }
  const event = readEvent(stanza);
  if (event === null) {
    dropped("no-event");
    return;
  }
  const { node } = event;
  if (node === NODE_MICROBLOG) {
    // Caps were sent by a resource; the subscriber is the bare domain.
    const way = (stanza.attrs["to"] ?? "").includes("/") ? "presence" : "subscription";
    collectors.feed.onEvent(from.bare, event, way);
  } else if (PROFILE_NODES.includes(node)) collectors.profile.look(from.bare);
  else if (node.startsWith(NODE_COMMENTS)) collectors.comments.onEvent(from.bare, event);
  else dropped("other-node");
}

const MESSAGE_TYPES: readonly MessageType[] = ["chat", "groupchat", "headline", "normal"];
const WRAPPERS = [
  { ns: "urn:xmpp:carbons:2", name: "received" },
  { ns: "urn:xmpp:carbons:2", name: "sent" },
  { ns: "urn:xmpp:forward:0", name: "forwarded" },
] as const;

/** XEP-0280 §11: a copy of what somebody else is told counts for nothing from whoever sends it. */
function wrapperHandlers(to: AddresseeClass, { dropped }: Collectors): Handler[] {
  return WRAPPERS.map((payload) => ({
    kind: "message",
    to,
    types: MESSAGE_TYPES,
    payload,
    receive: () => {
      dropped("wrapped");
    },
  }));
}

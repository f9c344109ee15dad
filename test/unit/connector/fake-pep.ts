/**
 * A server with people's own nodes and a service of comments, as the collector sees it: what it
 * answers, and what it sends by itself. Each real server is a row of habits, as they were measured.
 */
import { parseJid } from "../../../src/activitystreams/ids.ts";
import { DxError } from "../../../src/errors/error.ts";
import type { IqQuestion } from "../../../src/connector/stream-asking.ts";
import { NS_PUBSUB, NS_PUBSUB_EVENT } from "../../../src/pep/namespaces.ts";
import { childElements, childrenNamed, el, type XmlElement } from "../../../src/xml/element.ts";

export interface Habits {
  /** Events for whom a subscription was made by name. */
  readonly toSubscriber: boolean;
  /** Events for whom has sent caps. */
  readonly toCaps: boolean;
  /** Of those: retractions too. */
  readonly retractsToCaps: boolean;
  /** A retraction for what a full node pushes out. */
  readonly retractsEvicted: boolean;
  /** What a node may hold it may hold of each publisher. */
  readonly countsPerPublisher: boolean;
  readonly publisher: "full" | "bare" | "none";
  /** In answers as well. */
  readonly publisherInAnswers: boolean;
  readonly newestFirst: boolean;
  /** Every node goes to everybody, whatever they asked for. */
  readonly firehose: boolean;
  /** What a missing node is answered with. */
  readonly missing: "item-not-found" | "forbidden";
}

export const SERVERS = {
  "ejabberd with presence_based_delivery: false": {
    toSubscriber: true,
    toCaps: true,
    retractsToCaps: false,
    retractsEvicted: true,
    countsPerPublisher: true,
    publisher: "full",
    publisherInAnswers: true,
    newestFirst: false,
    firehose: false,
    missing: "item-not-found",
  },
  "ejabberd as it comes": {
    toSubscriber: false,
    toCaps: true,
    retractsToCaps: false,
    retractsEvicted: true,
    countsPerPublisher: true,
    publisher: "full",
    publisherInAnswers: true,
    newestFirst: false,
    firehose: false,
    missing: "item-not-found",
  },
  Prosody: {
    toSubscriber: true,
    toCaps: true,
    retractsToCaps: true,
    retractsEvicted: false,
    countsPerPublisher: false,
    publisher: "bare",
    publisherInAnswers: false,
    newestFirst: false,
    firehose: false,
    missing: "forbidden",
  },
  Openfire: {
    toSubscriber: false,
    toCaps: true,
    retractsToCaps: true,
    retractsEvicted: false,
    countsPerPublisher: false,
    publisher: "none",
    publisherInAnswers: false,
    newestFirst: true,
    firehose: true,
    missing: "item-not-found",
  },
  "a server that sends nothing": {
    toSubscriber: false,
    toCaps: false,
    retractsToCaps: false,
    retractsEvicted: false,
    countsPerPublisher: false,
    publisher: "none",
    publisherInAnswers: false,
    newestFirst: false,
    firehose: false,
    missing: "item-not-found",
  },
} as const satisfies Record<string, Habits>;

interface Item {
  readonly id: string;
  readonly publisher: string;
  readonly payload: XmlElement;
}

interface Node {
  readonly items: Item[];
  open: boolean;
  maxItems: number;
  subscribed: boolean;
}

export interface FakePep {
  readonly asked: string[];
  readonly payloads: XmlElement[];
  request(question: IqQuestion): Promise<XmlElement>;
  publish(service: string, node: string, item: Item): void;
  retract(service: string, node: string, id: string): void;
  /** Without an event: what happens while nobody listens. */
  quietly(work: () => void): void;
  purge(service: string, node: string): void;
  configure(service: string, node: string, changes: Partial<Pick<Node, "open" | "maxItems">>): void;
  /** The item that is newest, again, as servers do at each presence. */
  repeat(service: string, node: string): void;
}

export function fakePep(
  domain: string,
  habits: Habits,
  send: (stanza: XmlElement) => void,
): FakePep {
  const nodes = new Map<string, Node>();
  const asked: string[] = [];
  const payloads: XmlElement[] = [];
  let quiet = false;
  const find = (service: string, node: string): Node => {
    const key = `${service} ${node}`;
    const known = nodes.get(key);
    if (known !== undefined) return known;
    const made: Node = { items: [], open: true, maxItems: 1000, subscribed: false };
    nodes.set(key, made);
    return made;
  };
  const tell = (service: string, node: string, about: XmlElement, toCaps = habits.toCaps): void => {
    if (quiet) return;
    const event = el("event", { xmlns: NS_PUBSUB_EVENT }, about);
    const isOwn = service.includes("@");
    const { subscribed } = find(service, node);
    const to = [
      ...(subscribed && (habits.toSubscriber || !isOwn) ? [domain] : []),
      ...(isOwn && toCaps ? [`${domain}/dx`] : []),
    ];
    for (const one of to) {
      send(el("message", { type: "headline", from: service, to: one }, event));
    }
  };
  const itemElement = ({ id, publisher, payload }: Item, answers = false): XmlElement => {
    const isNamed = habits.publisher !== "none" && (!answers || habits.publisherInAnswers);
    const name = habits.publisher === "full" ? `${publisher}/phone` : publisher;
    return el("item", { id, publisher: isNamed ? name : undefined }, payload);
  };
  const retractEvent = (node: string, id: string): XmlElement =>
    el("items", { node }, el("retract", { id }));

  const read = (
    to: string,
    node: string,
    request: XmlElement,
    { items }: Node,
  ): Promise<XmlElement> => {
    const wanted = wantedOf(request, items);
    if (wanted.length === 0 && childElements(request).length > 0) return refuse("item-not-found");
    const elements = wanted.map((item) => itemElement(item, true));
    if (habits.newestFirst) elements.reverse();
    return answer(to, [el("items", { node }, elements)]);
  };

  return {
    asked,
    payloads,
    request({ to, from = domain, payload }) {
      const request = childElements(payload)[0] ?? el("nothing");
      const node = request.attrs["node"] ?? "";
      payloads.push(payload);
      asked.push(`${parseJid(from)?.bare ?? ""} ${request.local} ${node}`);
      const found = nodes.get(`${to} ${node}`);
      if (found === undefined) return refuse(habits.missing);
      // Prosody takes no subscription of whom it does not let in.
      const isStranger = from !== domain || habits.missing === "forbidden";
      if (!found.open && isStranger) return refuse("forbidden");
      if (request.local === "items") return read(to, node, request, found);
      found.subscribed = true;
      return answer(to, []);
    },
    publish(service, node, item) {
      const { items, maxItems } = find(service, node);
      const at = items.findIndex(({ id }) => id === item.id);
      if (at >= 0) items.splice(at, 1);
      items.push(item);
      tell(service, node, el("items", { node }, itemElement(item)));
      if (habits.firehose) {
        const tune = el("tune", { xmlns: "http://jabber.org/protocol/tune" });
        const node = "http://jabber.org/protocol/tune";
        tell(service, node, el("items", { node }, el("item", { id: "current" }, tune)));
      }
      const counted = items.filter(
        ({ publisher }) => !habits.countsPerPublisher || publisher === item.publisher,
      );
      for (const pushed of counted.slice(0, Math.max(0, counted.length - maxItems))) {
        const { id } = pushed;
        items.splice(items.indexOf(pushed), 1);
        if (habits.retractsEvicted) {
          tell(service, node, retractEvent(node, id), habits.toCaps && habits.retractsToCaps);
        }
      }
    },
    retract(service, node, id) {
      const { items } = find(service, node);
      const at = items.findIndex((item) => item.id === id);
      if (at >= 0) items.splice(at, 1);
      tell(service, node, retractEvent(node, id), habits.toCaps && habits.retractsToCaps);
    },
    quietly(work) {
      quiet = true;
      work();
      quiet = false;
    },
    purge(service, node) {
      find(service, node).items.length = 0;
      tell(service, node, el("purge", { node }), habits.toCaps && habits.retractsToCaps);
    },
    configure(service, node, changes) {
      Object.assign(find(service, node), changes);
      tell(service, node, el("configuration", { node }), habits.toCaps && habits.retractsToCaps);
    },
    repeat(service, node) {
      const last = find(service, node).items.at(-1);
      if (last !== undefined) tell(service, node, el("items", { node }, itemElement(last)));
    },
  };
}

/** XEP-0060 §6.5.7 and §6.5.8; no server was found that heeds more than these two. */
function wantedOf(request: XmlElement, items: readonly Item[]): readonly Item[] {
  const ids = childrenNamed(request, "item").flatMap(({ attrs }) => attrs["id"] ?? []);
  if (ids.length > 0) return items.filter(({ id }) => ids.includes(id));
  return items.slice(-Number(request.attrs["max_items"] ?? 1000));
}

function answer(from: string, inside: readonly XmlElement[]): Promise<XmlElement> {
  const pubsub = el("pubsub", { xmlns: NS_PUBSUB }, [...inside]);
  return Promise.resolve(el("iq", { type: "result", from }, pubsub));
}

function refuse(condition: string): Promise<never> {
  return Promise.reject(
    new DxError("DX_IQ_ERROR", { evidence: { type: "cancel", condition, application: null } }),
  );
}

/** A pubsub service on nodes in memory, asked and answered in XML. */
import { bareJid, type Jid } from "../../../../src/activitystreams/ids.ts";
import { stanzaError } from "../../../../src/errors/stanza-error.ts";
import { isDxError, type DxError } from "../../../../src/errors/error.ts";
import { pageOfList } from "../../../../src/pep/nodes/list-page.ts";
import type {
  NodeItem,
  PubsubLimits,
  PubsubNode,
  PubsubNodes,
} from "../../../../src/pep/pubsub/node.ts";
import { createPubsubService, type PubsubService } from "../../../../src/pep/pubsub/service.ts";
import { childElements, el } from "../../../../src/xml/element.ts";
import { readXml } from "../../../../src/xml/reader.ts";
import { serialise } from "../../../../src/xml/serialise.ts";
import { jid } from "../../../support/fixtures.ts";

export const NS = "http://jabber.org/protocol/pubsub";
export const NS_OWNER = `${NS}#owner`;
export const SERVICE = jid("alice\\40pod.example@dx.example.org");
export const BOB = jid("bob@example.org");
export const NODE = "princely_musings";

export interface Bench {
  readonly service: PubsubService;
  /** What was done to the node. */
  readonly done: unknown[][];
  /** What stands inside `<pubsub/>`; the answer as text, or the error's conditions. */
  ask(type: "get" | "set", inner: string, ns?: string): Promise<string>;
}

/** Items `a`, `b`, … in the order in which they were published. */
export function named(...ids: readonly string[]): NodeItem[] {
  return ids.map((id) => ({
    id,
    publisher: SERVICE,
    payload: () => el("entry", { xmlns: "urn:e" }, id),
  }));
}

export interface BenchOptions {
  readonly items?: readonly NodeItem[];
  readonly node?: Partial<PubsubNode>;
  readonly nodes?: Partial<PubsubNodes>;
  readonly limits?: Partial<PubsubLimits>;
}

const LIMITS: PubsubLimits = { items: 50, bytes: 102_400, payloadBytes: 1_000, payloadDepth: 5 };

export function bench(options: BenchOptions = {}): Bench {
  const done: unknown[][] = [];
  const newest = [...(options.items ?? [])].reverse();
  const note =
    (name: string) =>
    (...given: unknown[]): Promise<void> => {
      done.push([name, ...given]);
      return Promise.resolve();
    };
  const node: PubsubNode = {
    name: NODE,
    meta: () =>
      Promise.resolve({
        title: "Musings",
        type: "urn:e",
        access: "open",
        publish: "open",
        owner: SERVICE,
        maxItems: "max",
      }),
    page: async (query) => Promise.resolve(pageOfList(newest, query)),
    publish: ({ id, payload }) => note("publish")(id, serialise(payload)),
    retract: note("retract"),
    subscribe: note("subscribe"),
    unsubscribe: note("unsubscribe"),
    isSubscribed: () => Promise.resolve(true),
    ...options.node,
  };
  const nodes: PubsubNodes = {
    find: (_service, name) => (name === NODE ? node : null),
    list: () => Promise.resolve([{ node: NODE, name: "Musings" }]),
    subscriptions: () => Promise.resolve([NODE, "other"]),
    isReserved: (name) => name.startsWith("urn:xmpp:pubsub-attachments:1/"),
    ...options.nodes,
  };
  const service = createPubsubService({
    nodes,
    effects: { newItemId: () => "made-here" },
    limits: { ...LIMITS, ...options.limits },
  });
  return { service, done, ask: (type, inner, ns) => ask(service, type, inner, ns) };
}

async function ask(
  service: PubsubService,
  type: "get" | "set",
  inner: string,
  ns = NS,
): Promise<string> {
  const pubsub = readXml(`<pubsub xmlns="${ns}">${inner}</pubsub>`);
  try {
    const answer = await service.answer({ service: SERVICE, asker: BOB, type, pubsub });
    return answer === null ? "" : serialise(answer).replaceAll(/ xmlns="[^"]*"/g, "");
  } catch (error) {
    if (!isDxError(error)) throw error;
    return conditionsOf(error);
  }
}

/** `modify bad-request nodeid-required`: what the asker is told, without the words. */
export function conditionsOf(error: DxError): string {
  const stanza = stanzaError(error);
  const parts = childElements(stanza).filter(({ local }) => local !== "text");
  const names = parts.map(({ local, attrs }) =>
    attrs["feature"] === undefined ? local : `${local}:${attrs["feature"]}`,
  );
  return [stanza.attrs["type"] ?? "", ...names].join(" ");
}

/** The ids of an answer, and the rest of its `<set/>`. */
export function listOf(answer: string): readonly string[] {
  return [...answer.matchAll(/<item id="([^"]*)"/g)].map(([, id = ""]) => id);
}

export function tagOf(answer: string, name: string): string | undefined {
  return new RegExp(`<${name}[^>]*>([^<]*)</${name}>`).exec(answer)?.[1];
}

export function address(text: string): Jid {
  const parsed = bareJid(text);
  if (parsed === null) throw new Error(text);
  return parsed;
}

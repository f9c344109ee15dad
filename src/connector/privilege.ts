/**
 * XEP-0356 Privileged Entity: writing into a person's own node in their name, where the operator
 * lets the component. What the server advertises is only a reason to try (mod_privilege of Prosody
 * nests the namespaces wrongly when there are two); whether it works is told by doing it.
 */
import { LRUCache } from "lru-cache";
import { domainOf, type Jid } from "../activitystreams/ids.ts";
import { isDxError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import { NS_DATA, NS_PUBSUB } from "../pep/namespaces.ts";
import { child, childElements, el, type XmlElement } from "../xml/element.ts";
import type { Dropped } from "./dropped.ts";
import type { Handler, Incoming } from "./handler.ts";
import { publishRequest, type NewItem } from "./node-requests.ts";
import type { ComponentStream } from "./stream.ts";

/** `not-possible`: the server does not let us; the person has to do it. */
export type PrivilegedOutcome = "done" | "not-possible";

export interface Privilege {
  readonly handlers: readonly Handler[];
  /** Into the person's own node, as if they had. */
  publishAs(jid: Jid, node: string, item: NewItem): Promise<PrivilegedOutcome>;
  configureNode(
    jid: Jid,
    node: string,
    fields: Readonly<Record<string, string>>,
  ): Promise<PrivilegedOutcome>;
}

export interface PrivilegeOptions {
  readonly stream: Pick<ComponentStream, "request" | "domain">;
  readonly log: Log;
  readonly dropped: Dropped;
}

/** `:1` until 2023 (ejabberd up to 24.07), `:2` since; IQs came with the second. */
const NAMESPACES = ["urn:xmpp:privilege:2", "urn:xmpp:privilege:1"] as const;
const NS_FORWARD = "urn:xmpp:forward:0";
const NS_PUBSUB_OWNER = `${NS_PUBSUB}#owner`;
const NS_NODE_CONFIG = `${NS_PUBSUB}#node_config`;
/** Levels of an advertisement that are looked at. */
const MAX_DEPTH = 8;
const MOST_DOMAINS = 1_000;
/** The only ones that are ever asked for. */
const USED = new Set<string>([NS_PUBSUB, NS_PUBSUB_OWNER]);

interface Grant {
  readonly ns: string;
  /** Namespaces of IQs that we may set for people of this server. */
  readonly sets: ReadonlySet<string>;
}

export function createPrivilege(options: PrivilegeOptions): Privilege {
  const grants = new LRUCache<string, Grant>({ max: MOST_DOMAINS });

  async function ask(jid: Jid, payload: XmlElement): Promise<PrivilegedOutcome> {
    const grant = grants.get(domainOf(jid));
    if (grant?.sets.has(payload.ns) !== true) return "not-possible";
    const outcome = await askAs(jid, payload, grant, options.stream);
    if (outcome === "not-possible") {
      options.log.info({ domain: domainOf(jid), ns: payload.ns }, "a privilege was not honoured");
    }
    return outcome;
  }

  return {
    handlers: NAMESPACES.map((ns) => ({
      kind: "message",
      to: "component",
      types: ["normal", "chat", "headline"],
      payload: { ns, name: "privilege" },
      receive: (message) => {
        learn(message, ns, grants, options);
      },
    })),
    publishAs: (jid, node, item) => ask(jid, publishRequest(node, item)),
    configureNode: (jid, node, fields) => ask(jid, configureRequest(node, fields)),
  };
}

/** XEP-0356 §4.2: said by the server itself, after each of our logins. */
function learn(
  { from, stanza }: Incoming,
  ns: string,
  grants: Pick<LRUCache<string, Grant>, "has" | "set">,
  { dropped, log }: PrivilegeOptions,
): void {
  const privilege = child(stanza, "privilege", ns);
  const perms = privilege === undefined ? [] : below(privilege, "perm", MAX_DEPTH);
  // A domain speaks for its own people only; what is forwarded inside is nothing that we asked for.
  if (from.resource !== null || from.bare.includes("@") || perms.length === 0) {
    dropped("wrapped");
    return;
  }
  const sets = perms
    .filter(({ attrs }) => attrs["access"] === "iq")
    .flatMap((perm) => below(perm, "namespace", MAX_DEPTH))
    .filter(({ attrs }) => ["set", "both"].includes(attrs["type"] ?? ""))
    .flatMap(({ attrs }) => (USED.has(attrs["ns"] ?? "") ? [attrs["ns"] ?? ""] : []));
  const isNews = !grants.has(from.bare);
  grants.set(from.bare, { ns, sets: new Set(sets) });
  const facts = { domain: from.bare, version: ns, sets: sets.length };
  if (isNews) log.info(facts, "the server gives this component privileges");
}

/** Elements of this name at any depth, in whatever they were put. */
function below(parent: XmlElement, name: string, depth: number): XmlElement[] {
  if (depth === 0) return [];
  return childElements(parent).flatMap((one) => [
    ...(one.local === name ? [one] : []),
    ...below(one, name, depth - 1),
  ]);
}

/** XEP-0356 §5.2: the IQ inside goes out as the person's own, the answer comes back wrapped. */
async function askAs(
  jid: Jid,
  payload: XmlElement,
  { ns }: Grant,
  stream: PrivilegeOptions["stream"],
): Promise<PrivilegedOutcome> {
  const inner = el("iq", { xmlns: "jabber:client", type: "set", id: "own", to: jid }, payload);
  const wrapped = el("privileged_iq", { xmlns: ns }, inner);
  try {
    const answer = await stream.request({ type: "set", to: jid, payload: wrapped });
    return isDone(answer) ? "done" : "not-possible";
  } catch (error) {
    if (isDxError(error, "DX_IQ_ERROR")) return "not-possible";
    throw error;
  }
}

function isDone(answer: XmlElement): boolean {
  const wrapper = childElements(answer).find((one) => one.local === "privilege");
  const forwarded = child(wrapper, "forwarded", NS_FORWARD);
  const inner = child(forwarded, "iq");
  // COMPAT(servers that answer without a wrapper): a result is a result.
  if (inner === undefined) return wrapper === undefined;
  return inner.attrs["type"] === "result";
}

/** XEP-0060 §8.2. */
function configureRequest(node: string, fields: Readonly<Record<string, string>>): XmlElement {
  const form = el(
    "x",
    { xmlns: NS_DATA, type: "submit" },
    field("FORM_TYPE", NS_NODE_CONFIG, "hidden"),
    Object.entries(fields).map(([name, value]) => field(name, value)),
  );
  return el("pubsub", { xmlns: NS_PUBSUB_OWNER }, el("configure", { node }, form));
}

function field(name: string, value: string, type?: string): XmlElement {
  return el("field", { var: name, type }, el("value", {}, value));
}

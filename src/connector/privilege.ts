/**
 * XEP-0356 Privileged Entity: writing into a person's own node in their name, where the operator
 * lets the component. What the server advertises is only a reason to try (mod_privilege of Prosody
 * nests the namespaces wrongly when there are two); whether it works is told by doing it.
 */
import { bareJid, domainOf, type Jid } from "../activitystreams/ids.ts";
import { isDxError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import { NS_PUBSUB } from "../pep/namespaces.ts";
import {
  child,
  childElements,
  childrenNamed,
  el,
  textOf,
  type XmlElement,
} from "../xml/element.ts";
import type { Dropped } from "./dropped.ts";
import type { Handler, Incoming } from "./handler.ts";
import { publishRequest, retractRequest, type NewItem, type NodeFields } from "./node-requests.ts";
import { errorFacts } from "./stanza.ts";
import type { ComponentStream } from "./stream.ts";

/**
 * `not-possible`: the server does not let us; the person has to do it. `conflict`: the node is not
 * as it was wanted (XEP-0060 §7.1.5).
 */
export type PrivilegedOutcome = "done" | "not-possible" | "conflict";

export interface Privilege {
  readonly handlers: readonly Handler[];
  /** Into the person's own node, as if they had; a node that is not there is made so. */
  publishAs(
    jid: Jid,
    node: string,
    item: NewItem,
    options?: NodeFields,
  ): Promise<PrivilegedOutcome>;
  retractAs(jid: Jid, node: string, itemId: string): Promise<PrivilegedOutcome>;
  /** In which groups of the person's roster each contact is; null where the server does not say. */
  groupsOf(jid: Jid): Promise<ReadonlyMap<Jid, readonly string[]> | null>;
}

export interface PrivilegeOptions {
  readonly stream: Pick<ComponentStream, "request" | "domain">;
  readonly log: Log;
  readonly dropped: Dropped;
  /** Of other servers' people nothing is ever asked. */
  readonly serves: (domain: string) => boolean;
}

/** `:1` until 2023 (ejabberd up to 24.07), `:2` since; IQs came with the second. */
const NAMESPACES = ["urn:xmpp:privilege:2", "urn:xmpp:privilege:1"] as const;
const NS_ROSTER = "jabber:iq:roster";
const NS_FORWARD = "urn:xmpp:forward:0";
/** Levels of an advertisement that are looked at. */
const MAX_DEPTH = 8;
/** The only one that is ever asked for. */
const USED = NS_PUBSUB;

interface Grant {
  readonly ns: string;
  /** Namespaces of IQs that we may set for people of this server. */
  readonly sets: ReadonlySet<string>;
  /** §4.1: we may read people's rosters. */
  readonly readsRosters: boolean;
}

export function createPrivilege(options: PrivilegeOptions): Privilege {
  const grants = new Map<string, Grant>();

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
    publishAs: (jid, node, item, options) => ask(jid, publishRequest(node, item, options)),
    retractAs: (jid, node, itemId) => ask(jid, retractRequest(node, itemId)),
    async groupsOf(jid) {
      if (grants.get(domainOf(jid))?.readsRosters !== true) return null;
      return await readRoster(jid, options.stream);
    },
  };
}

/** XEP-0356 §4.2: said by the server itself, after each of our logins. */
function learn(
  { from, stanza }: Incoming,
  ns: string,
  grants: Map<string, Grant>,
  { dropped, log, serves }: PrivilegeOptions,
): void {
  const privilege = child(stanza, "privilege", ns);
  const perms = privilege === undefined ? [] : below(privilege, "perm", MAX_DEPTH);
  // A domain speaks for its own people only; what is forwarded inside is nothing that we asked for.
  if (from.resource !== null || from.bare.includes("@") || perms.length === 0) {
    dropped("wrapped");
    return;
  }
  if (!serves(from.bare)) return;
  const sets = perms
    .filter(({ attrs }) => attrs["access"] === "iq")
    .flatMap((perm) => below(perm, "namespace", MAX_DEPTH))
    .filter(({ attrs }) => ["set", "both"].includes(attrs["type"] ?? ""))
    .flatMap(({ attrs }) => (attrs["ns"] === USED ? [USED] : []));
  const readsRosters = perms.some(
    ({ attrs }) => attrs["access"] === "roster" && ["get", "both"].includes(attrs["type"] ?? ""),
  );
  const isNews = !grants.has(from.bare);
  grants.set(from.bare, { ns, sets: new Set(sets), readsRosters });
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
    return outcomeOf(answer);
  } catch (error) {
    if (isDxError(error, "DX_IQ_ERROR")) return "not-possible";
    throw error;
  }
}

function outcomeOf(answer: XmlElement): PrivilegedOutcome {
  const wrapper = childElements(answer).find((one) => one.local === "privilege");
  const inner = child(child(wrapper, "forwarded", NS_FORWARD), "iq");
  // COMPAT(servers that answer without a wrapper): a result is a result.
  if (inner === undefined) return wrapper === undefined ? "done" : "not-possible";
  if (inner.attrs["type"] === "result") return "done";
  const { condition, application } = errorFacts(inner);
  const isUnmet = application === "precondition-not-met" || condition === "conflict";
  // COMPAT(ejabberd): the second of an option that it does not know.
  return isUnmet || condition === "resource-constraint" ? "conflict" : "not-possible";
}

/** XEP-0356 §5.1: asked of the person's own address, as a client of theirs would. */
async function readRoster(
  jid: Jid,
  stream: PrivilegeOptions["stream"],
): Promise<ReadonlyMap<Jid, readonly string[]> | null> {
  try {
    const payload = el("query", { xmlns: NS_ROSTER });
    const answer = await stream.request({ type: "get", to: jid, payload });
    const query = child(answer, "query", NS_ROSTER);
    if (query === undefined) return null;
    const contacts = childrenNamed(query, "item", NS_ROSTER).flatMap((item) => {
      const contact = bareJid(item.attrs["jid"] ?? "");
      if (contact === null) return [];
      const groups = childrenNamed(item, "group", NS_ROSTER).map((group) => textOf(group).trim());
      return [[contact, groups] as const];
    });
    return new Map(contacts);
  } catch (error) {
    if (isDxError(error, "DX_IQ_ERROR")) return null;
    throw error;
  }
}

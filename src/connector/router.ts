/**
 * One mux for everything that comes by the component stream. It never answers an error or
 * a result, it always answers an IQ get or set (RFC 6120 §8.2.3), within its time and once,
 * whatever a handler does; and it never takes two stanzas for one because of their ids.
 */
import { domainOf } from "../activitystreams/ids.ts";
import { DxError, describeError, isDxError } from "../errors/error.ts";
import { conditionOf } from "../errors/stanza-error.ts";
import type { Log } from "../log/log.ts";
import { child, childElements, type XmlElement } from "../xml/element.ts";
import type { Dropped } from "./dropped.ts";
import { createFairShare, type FairShare } from "./fair-share.ts";
import { createGate, type Gate } from "./gate.ts";
import type { AddresseeClass, Handler, Incoming, IqHandler } from "./handler.ts";
import { createKeyedOrder, type KeyedOrder } from "./keyed-order.ts";
import { addressOf } from "./router-address.ts";
import { createHandlerTable, type HandlerTable } from "./router-table.ts";
import { errorReply, isIqReply, resultReply } from "./stanza.ts";

export interface RouterOptions {
  readonly domain: string;
  readonly log: Log;
  /** An IQ is answered within this; a message or presence is waited for no longer. */
  readonly answerMs?: number;
  /** IQs being answered at once; more are told to come back. */
  readonly openRequests?: number;
  /** Hosts of the operator's server, whose people strangers never crowd out. */
  readonly ownHosts?: readonly string[];
  readonly now?: () => number;
  /** A message or presence that nothing was done with, and why. */
  readonly dropped?: Dropped;
  /** An IQ was answered with an error of this condition (RFC 6120 §8.3.3). */
  readonly refused?: (condition: string) => void;
  send(stanza: XmlElement): Promise<void>;
}

export interface Router {
  add(handlers: readonly Handler[]): void;
  /** What disco#info says for this class, sorted. */
  features(to: AddresseeClass): readonly string[];
  /** Resolves when the stanza has been dealt with; never rejects. */
  handle(stanza: XmlElement): Promise<void>;
}

interface State {
  readonly options: RouterOptions;
  readonly answerMs: number;
  readonly table: HandlerTable;
  readonly order: KeyedOrder;
  readonly gate: Gate;
  readonly isOurs: (host: string) => boolean;
  readonly strangers: FairShare;
}

/**
 * Messages and presences of strangers that are worked on at once. Each asks the database, and
 * hundreds that wait for one of its few connections hold up everybody; but some look up a pod that
 * hangs, and no few hosts may hold up all others by that.
 */
const STRANGERS = { all: 32, perKey: 3 };

export function createRouter(options: RouterOptions): Router {
  const own = new Set(options.ownHosts);
  const isOurs = (host: string): boolean => own.has(host);
  const state: State = {
    options,
    answerMs: options.answerMs ?? 20_000,
    table: createHandlerTable(),
    order: createKeyedOrder(),
    gate: createGate({
      openRequests: options.openRequests ?? 500,
      isOurs,
      now: options.now ?? Date.now,
    }),
    isOurs,
    strangers: createFairShare(STRANGERS),
  };
  return {
    add: state.table.add,
    features: state.table.features,
    handle: (stanza) => handle(state, stanza),
  };
}

async function handle(state: State, stanza: XmlElement): Promise<void> {
  if (isIqReply(stanza)) return;
  const { incoming, refused } = addressOf(stanza, state.options.domain);
  if (incoming === null) {
    state.options.log.debug({ kind: stanza.local, refused }, "a stanza is not handled");
    state.options.dropped?.("address");
    return;
  }
  if (stanza.local === "iq") await answerIq(state, incoming);
  else if (stanza.local === "message" || stanza.local === "presence") {
    await receive(state, incoming, stanza.local);
  }
}

async function answerIq(state: State, incoming: Incoming): Promise<void> {
  const { log, send } = state.options;
  const { stanza } = incoming;
  const abort = new AbortController();
  let reply: XmlElement;
  let leave: (() => void) | undefined;
  try {
    leave = state.gate.admit(incoming);
    const { handler, payload } = chosen(state, incoming);
    const answer = async (): Promise<XmlElement | null> =>
      handler.answer({ ...incoming, payload, signal: abort.signal });
    reply = resultReply(stanza, await within(state.answerMs, answer()));
  } catch (error) {
    abort.abort();
    if (!isDxError(error)) log.error({ error: describeError(error) }, "an IQ's handler failed");
    reply = errorReply(stanza, error);
    state.options.refused?.(conditionOf(error));
  } finally {
    leave?.();
  }
  try {
    await send(reply);
  } catch (error) {
    log.warn({ error: describeError(error) }, "an IQ's answer could not be sent");
    // What was too big to say is said in short; a stream that is down takes nothing.
    if (isDxError(error, "DX_STANZA_TOO_BIG"))
      await send(errorReply(stanza, error)).catch(() => undefined);
  }
}

function chosen(
  state: State,
  { stanza, to }: Incoming,
): { handler: IqHandler; payload: XmlElement } {
  const type = stanza.attrs["type"];
  const [payload, second] = childElements(stanza);
  // RFC 6120 §8.2.3: the type is one of four, and a request has exactly one child.
  if ((type !== "get" && type !== "set") || payload === undefined || second !== undefined) {
    throw new DxError("DX_BAD_REQUEST");
  }
  const handler = state.table.iq(to.class, type, payload);
  if (handler !== undefined) return { handler, payload };
  // RFC 6120 §8.3.3.3 and §8.3.3.19: known but not offered, or nobody there for it.
  const known = state.table.knows(to.class, payload.ns);
  throw new DxError(known ? "DX_NOT_IMPLEMENTED" : "DX_SERVICE_UNAVAILABLE");
}

async function receive(
  state: State,
  incoming: Incoming,
  kind: "message" | "presence",
): Promise<void> {
  const { log } = state.options;
  const handler =
    kind === "message" ? state.table.message(incoming) : state.table.presence(incoming);
  if (handler === undefined) {
    log.debug({ kind, type: incoming.stanza.attrs["type"] ?? null }, "a stanza that nobody takes");
    state.options.dropped?.("nobody");
    return;
  }
  const leave = admitted(state, incoming);
  if (leave === null) return;
  const key = `${incoming.from.bare} ${incoming.to.jid}`;
  const host = domainOf(incoming.from.bare);
  const work = (): Promise<void> =>
    within(
      state.answerMs,
      Promise.resolve().then(() => handler.receive(incoming)),
    );
  try {
    await state.order.run(key, () =>
      state.isOurs(host) ? work() : state.strangers.run(host, work),
    );
  } catch (error) {
    const facts = { kind, error: describeError(error) };
    if (isDxError(error)) log.debug(facts, "a stanza was refused");
    else log.error(facts, "a stanza's handler failed");
    state.options.dropped?.("refused");
    if (kind === "message") await bounce(state, incoming, error);
  } finally {
    leave();
  }
}

/** Whoever floods is not answered: null when it was dropped. */
function admitted({ gate, options }: State, incoming: Incoming): (() => void) | null {
  try {
    return gate.admit(incoming);
  } catch (error) {
    options.dropped?.(isDxError(error, "DX_TOO_FAST") ? "too-fast" : "crowded");
    return null;
  }
}

/** Only what a person wrote: a bounced pubsub event would end the subscription. Never an error. */
async function bounce(state: State, { stanza }: Incoming, error: unknown): Promise<void> {
  const type = stanza.attrs["type"] ?? "normal";
  const written = (type === "chat" || type === "normal") && child(stanza, "body") !== undefined;
  if (!written || !isDxError(error)) return;
  await state.options.send(errorReply(stanza, error)).catch((failure: unknown) => {
    state.options.log.debug({ error: describeError(failure) }, "an error could not be sent");
  });
}

async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new DxError("DX_IQ_TIMEOUT"));
    }, limitMs);
  });
  try {
    return await Promise.race([work, tooLong]);
  } finally {
    clearTimeout(timer);
  }
}

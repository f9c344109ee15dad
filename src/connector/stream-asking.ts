/**
 * The half of the stream that sends: stanzas, our own IQs and barriers, over whatever
 * connection there is.
 */
import type { Jid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import { el, type XmlElement } from "../xml/element.ts";
import { assertSameConnection, barrierIq, createSharedBarrier } from "./barrier.ts";
import { ask, createIqTable } from "./iq-table.ts";
import { errorFacts } from "./stanza.ts";
import type { StreamLimits } from "./stream-limits.ts";
import { createOutbox } from "./stream-outbox.ts";
import { addressed, copiesFor, serialised, type Written } from "./stream-stanza.ts";

export interface IqQuestion {
  readonly type: "get" | "set";
  readonly to: string;
  /** The component's own domain when absent. */
  readonly from?: string;
  readonly payload: XmlElement;
  readonly timeoutMs?: number;
}

export interface StreamWaiting {
  /** Not written yet. */
  readonly stanzas: number;
  readonly bytes: number;
  /** Our own IQs without an answer. */
  readonly questions: number;
}

export interface Asking {
  readonly online: boolean;
  readonly epoch: number;
  waiting(): StreamWaiting;
  attach(write: (text: string | Buffer) => Promise<void>): void;
  /** Everything that waits fails with DX_STREAM_DOWN. */
  detach(): void;
  idle(): Promise<void>;
  send(stanza: XmlElement): Promise<void>;
  /** Resolves with the bytes written. */
  sendToAll(stanza: XmlElement, to: readonly Jid[]): Promise<number>;
  request(question: IqQuestion): Promise<XmlElement>;
  confirm(epoch?: number): Promise<void>;
  /** A barrier of its own, for the keep-alive. */
  probe(timeoutMs: number): Promise<void>;
  /** A reply to one of our IQs; false when nobody waits for it. */
  settle(reply: XmlElement): boolean;
  /** A reply that was too large to be taken. */
  refuse(reply: XmlElement): boolean;
}

/** Of one stanza for many. */
const AT_ONCE_BYTES = 1024 * 1024;

export function createAsking(
  names: { readonly domain: string; readonly servedDomain: string },
  limits: StreamLimits,
): Asking {
  const { domain, servedDomain } = names;
  const outbox = createOutbox(limits);
  const iqs = createIqTable(limits);
  const barrier = createSharedBarrier();
  let online = false;
  let epoch = 0;

  const push = async (stanzas: readonly Written[]): Promise<void> => {
    if (!online) throw new DxError("DX_STREAM_DOWN");
    barrier.mark();
    await Promise.all(stanzas.map(({ text, bytes }) => outbox.push(text, bytes)));
  };
  const send = async (stanza: XmlElement): Promise<void> => {
    await push([serialised(addressed(stanza, domain), limits.stanzaBytes)]);
  };
  const probe = async (timeoutMs: number): Promise<void> => {
    const build = (id: string): XmlElement => barrierIq(id, domain, servedDomain);
    // Any answer will do: an error comes from behind what was sent before, too.
    await ask(iqs, send, { to: servedDomain, timeoutMs, build });
  };

  return {
    get online() {
      return online;
    },
    get epoch() {
      return epoch;
    },
    waiting: () => ({ ...outbox.waiting(), questions: iqs.size }),
    attach: (write) => {
      online = true;
      epoch += 1;
      outbox.attach(write);
    },
    detach: () => {
      online = false;
      barrier.mark();
      outbox.detach();
      iqs.failAll(new DxError("DX_STREAM_DOWN"));
    },
    idle: outbox.idle,
    send,
    sendToAll: (stanza, to) =>
      inSteps(() => copiesFor(stanza, to, domain, limits.stanzaBytes), push),
    request: async ({ type, to, from = domain, payload, timeoutMs = limits.iqTimeoutMs }) => {
      const build = (id: string): XmlElement => el("iq", { type, id, from, to }, payload);
      return believed(await ask(iqs, send, { to, timeoutMs, build }));
    },
    confirm: async (expected) => {
      assertSameConnection(expected, epoch);
      await barrier.share(() => probe(limits.iqTimeoutMs));
    },
    probe,
    settle: iqs.settle,
    refuse: (reply) => iqs.refuse(reply, new DxError("DX_STANZA_TOO_BIG")),
  };
}

/** Not all at once: what waits to be written is bounded. Resolves with the bytes of all. */
async function inSteps(
  make: () => readonly Written[],
  push: (packets: readonly Written[]) => Promise<void>,
): Promise<number> {
  const packets = make();
  const all = packets.reduce((sum, { bytes }) => sum + bytes, 0);
  const step = Math.max(1, Math.floor((AT_ONCE_BYTES * packets.length) / all));
  for (let from = 0; from < packets.length; from += step) {
    await push(packets.slice(from, from + step));
  }
  return all;
}

function believed(reply: XmlElement): XmlElement {
  if (reply.attrs["type"] === "result") return reply;
  const facts = errorFacts(reply);
  throw new DxError("DX_IQ_ERROR", { detail: facts.condition, evidence: { ...facts } });
}

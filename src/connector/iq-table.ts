/**
 * Our own questions that wait for an answer (RFC 6120 §8.2.3), keyed by a random 128-bit
 * id and by who was asked: a reply from any other JID is nobody's (xmpp.js, and mellium
 * before CVE-2024-46957, took it).
 */
import { randomBytes } from "node:crypto";
import { parseJid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import type { XmlElement } from "../xml/element.ts";

export interface OpenIq {
  readonly id: string;
  /** The reply as it came, of type result or error. */
  readonly reply: Promise<XmlElement>;
  /** Forgets it and rejects its reply: the question was never asked. */
  abandon(error: unknown): void;
}

export interface IqTable {
  /** Throws DX_IQS_FULL. The reply rejects with DX_IQ_TIMEOUT, or with what `failAll` says. */
  open(to: string, timeoutMs: number): OpenIq;
  /** False when nobody asked. */
  settle(reply: XmlElement): boolean;
  /** A reply that cannot be taken: whoever asked gets the error. */
  refuse(reply: XmlElement, error: unknown): boolean;
  failAll(error: unknown): void;
  readonly size: number;
}

/** Asks and waits. The question's own failure to be written is the answer's failure. */
export async function ask(
  table: IqTable,
  send: (question: XmlElement) => Promise<void>,
  question: { readonly to: string; readonly timeoutMs: number; build(id: string): XmlElement },
): Promise<XmlElement> {
  const open = table.open(question.to, question.timeoutMs);
  // Not awaited: a server that does not read must not outlast the time-out.
  send(question.build(open.id)).catch(open.abandon);
  return open.reply;
}

interface Entry {
  readonly from: string;
  readonly timer: NodeJS.Timeout;
  resolve(reply: XmlElement): void;
  reject(error: unknown): void;
}

export function createIqTable(limits: { readonly openIqs: number }): IqTable {
  const entries = new Map<string, Entry>();

  const take = (reply: XmlElement): Entry | null => {
    const id = reply.attrs["id"] ?? "";
    const entry = entries.get(id);
    if (entry === undefined || entry.from !== foldJid(reply.attrs["from"])) return null;
    entries.delete(id);
    clearTimeout(entry.timer);
    return entry;
  };
  const drop = (id: string, error: unknown): void => {
    const entry = entries.get(id);
    if (entry === undefined) return;
    entries.delete(id);
    clearTimeout(entry.timer);
    entry.reject(error);
  };

  return {
    open: (to, timeoutMs) => {
      const from = foldJid(to);
      if (from === null) throw new DxError("DX_STANZA_ADDRESS");
      if (entries.size >= limits.openIqs) throw new DxError("DX_IQS_FULL");
      const id = randomBytes(16).toString("hex");
      const reply = new Promise<XmlElement>((resolve, reject) => {
        const timer = setTimeout(() => {
          drop(id, new DxError("DX_IQ_TIMEOUT"));
        }, timeoutMs);
        entries.set(id, { from, timer, resolve, reject });
      });
      // Whoever asks may still be waiting for the question to be written.
      reply.catch(() => undefined);
      return {
        id,
        reply,
        abandon: (error) => {
          drop(id, error);
        },
      };
    },
    settle: (reply) => {
      const entry = take(reply);
      entry?.resolve(reply);
      return entry !== null;
    },
    refuse: (reply, error) => {
      const entry = take(reply);
      entry?.reject(error);
      return entry !== null;
    },
    failAll: (error) => {
      for (const id of [...entries.keys()]) drop(id, error);
    },
    get size() {
      return entries.size;
    },
  };
}

/** Servers may answer in another spelling of the same JID; the resource is compared as it is. */
function foldJid(text: string | undefined): string | null {
  const jid = text === undefined ? null : parseJid(text);
  if (jid === null) return null;
  return jid.resource === null ? jid.bare : `${jid.bare}/${jid.resource}`;
}

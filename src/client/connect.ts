/**
 * A small XMPP client on @xmpp/client, for the terminal, the demonstration and the tests:
 * one connection, no reconnect, IQs matched by id and sender.
 */
import { Socket } from "node:net";
import { client as createEntity, type Client } from "@xmpp/client";
import { domainOf, localOf, parseJid, type Jid } from "../activitystreams/ids.ts";
import { fromLtx } from "../connector/from-ltx.ts";
import { createIqTable, type IqTable } from "../connector/iq-table.ts";
import { errorFacts, isIqReply } from "../connector/stanza.ts";
import { DxError, isDxError } from "../errors/error.ts";
import { el, type XmlElement } from "../xml/element.ts";
import { serialise } from "../xml/serialise.ts";
import { credentialsFor } from "./credentials.ts";
import { endpointOf } from "./endpoint.ts";
import { answerDisco } from "./presence.ts";
import { mendStream } from "./stream-features.ts";

export interface ClientOptions {
  readonly jid: string;
  readonly password: string;
  /** Where to connect; by DNS when absent. */
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  /** Takes a certificate that nobody vouches for. */
  readonly insecure?: boolean | undefined;
  /** Makes the account first (XEP-0077). */
  readonly create?: boolean | undefined;
  readonly resource?: string | undefined;
  readonly timeoutMs?: number | undefined;
}

export interface ClientIq {
  readonly type: "get" | "set";
  /** The own account when absent. */
  readonly to?: string | undefined;
  readonly payload: XmlElement;
  readonly timeoutMs?: number;
}

export interface XmppClient {
  readonly bare: Jid;
  /** With the resource that the server gave. */
  readonly full: string;
  /** The result; DX_IQ_ERROR with `condition` in its evidence, DX_IQ_TIMEOUT, DX_CLIENT_CLOSED. */
  request(iq: ClientIq): Promise<XmlElement>;
  /** The answer as it is, an error too. */
  ask(iq: ClientIq): Promise<XmlElement>;
  send(stanza: XmlElement): Promise<void>;
  /** Messages, presences and unasked IQs; returns what ends it. */
  listen(listener: (stanza: XmlElement) => void): () => void;
  /** Resolves when the connection has ended, by whichever side. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 15_000;
const CLOSE_MS = 2_000;
const OPEN_IQS = 1_000;

export async function connectClient(options: ClientOptions): Promise<XmppClient> {
  const { bare, username, domain } = accountOf(options.jid);
  const { host, port } = await endpointOf(domain, options);
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  const entity = createEntity({
    service: `xmpp://${host.includes(":") ? `[${host}]` : host}:${String(port)}`,
    domain,
    timeout: timeoutMs,
    ...(options.resource === undefined ? {} : { resource: options.resource }),
    credentials: credentialsFor({
      username,
      password: options.password,
      create: options.create === true,
    }),
  });
  entity.on("error", () => undefined);
  mendStream(entity, { domain, insecure: options.insecure === true });
  answerDisco(entity);
  const session = sessionOf(entity, bare);
  try {
    await started(entity, timeoutMs);
  } catch (error) {
    await session.close();
    throw explained(error, `${host}:${String(port)}`);
  }
  return session;
}

function accountOf(text: string): { bare: Jid; username: string; domain: string } {
  const bare = parseJid(text)?.bare;
  const username = bare === undefined ? null : localOf(bare);
  if (bare === undefined || username === null) {
    throw new DxError("DX_USAGE", { detail: `${text} is no address of the form name@domain` });
  }
  return { bare, username, domain: domainOf(bare) };
}

async function started(entity: Client, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new DxError("DX_CLIENT_UNREACHABLE", { detail: "no answer in time" }));
    }, timeoutMs);
  });
  try {
    await Promise.race([entity.start(), ended(entity), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** xmpp.js waits for ever when a server hangs up in the middle of the greeting. */
function ended(entity: Client): Promise<never> {
  return new Promise((_, reject) => {
    entity.once("disconnect", () => {
      reject(new DxError("DX_CLIENT_CLOSED", { detail: "during the log-in" }));
    });
  });
}

function explained(error: unknown, where: string): unknown {
  if (isDxError(error)) return error;
  const condition =
    error instanceof Error && "condition" in error ? String(error.condition) : undefined;
  if (condition === "not-authorized") {
    return new DxError("DX_CLIENT_LOGIN", { detail: "no such account, or another password" });
  }
  if (condition !== undefined) return new DxError("DX_CLIENT_LOGIN", { detail: condition });
  const reason = error instanceof Error ? error.message : String(error);
  return new DxError("DX_CLIENT_UNREACHABLE", {
    detail: `${where}${reason === "" ? "" : `: ${reason}`}`,
    cause: error,
  });
}

function sessionOf(entity: Client, bare: Jid): XmppClient {
  const iqs = createIqTable({ openIqs: OPEN_IQS });
  const listeners = new Set<(stanza: XmlElement) => void>();
  const closed = new Promise<void>((resolve) => {
    entity.once("disconnect", () => {
      iqs.failAll(new DxError("DX_CLIENT_CLOSED"));
      resolve();
    });
  });
  entity.on("stanza", (source) => {
    const stanza = withSender(fromLtx(source), bare);
    if (isIqReply(stanza)) {
      iqs.settle(stanza);
      return;
    }
    for (const listener of listeners) listener(stanza);
  });

  const send = async (stanza: XmlElement): Promise<void> => {
    if (entity.status !== "online") throw new DxError("DX_CLIENT_CLOSED");
    await entity.write(serialise(stanza));
  };
  const ask = askThrough(iqs, send, bare);
  return {
    bare,
    get full() {
      return entity.jid?.toString() ?? bare;
    },
    ask,
    request: async (iq) => believed(await ask(iq)),
    send,
    listen: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    closed,
    close: () => closeEntity(entity),
  };
}

/** RFC 6120 §8.1.2.1: what has no `from` comes from the own account. */
function withSender(stanza: XmlElement, bare: Jid): XmlElement {
  return stanza.attrs["from"] === undefined
    ? { ...stanza, attrs: { ...stanza.attrs, from: bare } }
    : stanza;
}

function askThrough(
  iqs: IqTable,
  send: (stanza: XmlElement) => Promise<void>,
  bare: Jid,
): XmppClient["ask"] {
  return ({ type, to, payload, timeoutMs = TIMEOUT_MS }) => {
    const open = iqs.open(to ?? bare, timeoutMs);
    send(el("iq", { type, id: open.id, to }, payload)).catch(open.abandon);
    return open.reply;
  };
}

function believed(reply: XmlElement): XmlElement {
  if (reply.attrs["type"] === "result") return reply;
  const facts = errorFacts(reply);
  throw new DxError("DX_IQ_ERROR", { detail: facts.condition, evidence: { ...facts } });
}

async function closeEntity(entity: Client): Promise<void> {
  const { socket } = entity;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, CLOSE_MS);
  });
  await Promise.race([entity.stop().catch(() => undefined), late]);
  clearTimeout(timer);
  // A server that does not hang up must not keep this process alive.
  if (socket instanceof Socket) socket.destroy();
}

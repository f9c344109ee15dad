/**
 * A person's XMPP client for the end-to-end tests, straight on @xmpp/client: nothing of
 * src/client or src/connector is in the way, so that what is asserted is what a user's own
 * client would see.
 */
import { once } from "node:events";
import { Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { client as createEntity, xml, type Client } from "@xmpp/client";

export { xml };
export type Stanza = Parameters<Client["send"]>[0];

const NS_EVENT = "http://jabber.org/protocol/pubsub#event";
const NS_STREAM = "http://etherx.jabber.org/streams";
const NS_STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas";
/** Not STARTTLS, whose self-signed certificate xmpp.js cannot be told to take; all is on loopback. */
const SPOKEN = new Set(["mechanisms", "bind", "session"]);

export interface SeenItem {
  /** As it stands in the stanza. */
  readonly from: string;
  readonly node: string;
  readonly id: string;
  readonly entry: Stanza | undefined;
  /** performance.now() of its arrival. */
  readonly at: number;
}

export interface SeenMessage {
  readonly from: string;
  readonly body: string;
}

export interface IqAnswer {
  readonly type: "result" | "error";
  readonly stanza: Stanza;
  /** The condition of an error, else "". */
  readonly condition: string;
}

export interface TestClient {
  readonly bare: string;
  readonly items: readonly SeenItem[];
  readonly retracted: readonly { readonly from: string; readonly id: string }[];
  readonly messages: readonly SeenMessage[];
  readonly presences: readonly Stanza[];
  /** Everything that came. */
  readonly stanzas: readonly Stanza[];
  /** Every answer, an error too; throws only when none comes. */
  iq(type: "get" | "set", to: string, payload: Stanza, timeoutMs?: number): Promise<IqAnswer>;
  send(stanza: Stanza): Promise<void>;
  onItem(listener: (item: SeenItem) => void): () => void;
  close(): Promise<void>;
}

/** A logged-in session, whoever carries its stanzas. */
export interface Session {
  onStanza(listener: (stanza: Stanza) => void): () => void;
  send(stanza: Stanza): Promise<void>;
  stop(): Promise<void>;
}

export const RESOURCE = "e2e";

export interface Login {
  readonly user: string;
  readonly domain: string;
  readonly password: string;
  readonly port: number;
}

const IQ_MS = 20_000;

export async function logIn(login: Login): Promise<TestClient> {
  const entity = entityFor(login);
  const client = watch(sessionOf(entity), `${login.user}@${login.domain}`);
  await entity.start();
  return client;
}

/** Not connected yet, and it does not connect again by itself. */
export function entityFor(login: Login): Client {
  const entity = createEntity({
    service: `xmpp://127.0.0.1:${String(login.port)}`,
    domain: login.domain,
    username: login.user,
    password: login.password,
    resource: RESOURCE,
  });
  entity.reconnect.stop();
  // Each question that is under way listens.
  entity.setMaxListeners(0);
  entity.on("error", () => undefined);
  entity.on("connect", () => {
    const { socket } = entity;
    if (!(socket instanceof Socket)) return;
    // COMPAT(xmpp.js): without these it splits characters between packets and waits 40 ms each.
    socket.setEncoding("utf8");
    socket.setNoDelay(true);
  });
  entity.prependListener("element", (element: Stanza) => {
    if (!element.is("features", NS_STREAM)) return;
    element.children = element.children.filter(
      (node) => typeof node !== "string" && SPOKEN.has(node.name),
    );
  });
  return entity;
}

export function sessionOf(entity: Client): Session {
  return {
    onStanza: (listener) => {
      entity.on("stanza", listener);
      return () => entity.removeListener("stanza", listener);
    },
    send: async (stanza) => {
      await entity.send(stanza);
    },
    stop: async () => {
      const ended = once(entity, "offline");
      await within(entity.stop(), 2_000);
      await within(ended, 500);
    },
  };
}

/** What the person behind a session sees. */
export function watch(session: Session, bare: string): TestClient {
  const items: SeenItem[] = [];
  const retracted: { from: string; id: string }[] = [];
  const messages: SeenMessage[] = [];
  const presences: Stanza[] = [];
  const stanzas: Stanza[] = [];
  const listeners = new Set<(item: SeenItem) => void>();
  const keep = (item: SeenItem): void => {
    items.push(item);
    for (const listener of listeners) listener(item);
  };
  session.onStanza((stanza) => {
    const at = performance.now();
    stanzas.push(stanza);
    if (stanza.is("presence")) presences.push(stanza);
    if (!stanza.is("message")) return;
    const from = attr(stanza, "from");
    const body = stanza.getChildText("body");
    if (body !== null) messages.push({ from, body });
    const holder = stanza.getChild("event", NS_EVENT)?.getChild("items");
    if (holder === undefined) return;
    for (const item of holder.getChildren("item")) {
      const node = attr(holder, "node");
      keep({ from, node, id: attr(item, "id"), entry: item.getChild("entry"), at });
    }
    for (const gone of holder.getChildren("retract")) {
      retracted.push({ from, id: attr(gone, "id") });
    }
  });
  return {
    bare,
    items,
    retracted,
    messages,
    presences,
    stanzas,
    iq: iqThrough(session),
    send: (stanza) => session.send(stanza),
    onItem: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => session.stop(),
  };
}

export function iqThrough(session: Session): TestClient["iq"] {
  let count = 0;
  return async (type, to, payload, timeoutMs = IQ_MS) => {
    count += 1;
    const id = `e2e-${String(count)}`;
    const answer = Promise.withResolvers<Stanza>();
    const onStanza = (stanza: Stanza): void => {
      if (!stanza.is("iq") || attr(stanza, "id") !== id) return;
      if (stanza.attrs["type"] === "result" || stanza.attrs["type"] === "error") {
        answer.resolve(stanza);
      }
    };
    const timer = setTimeout(() => {
      answer.reject(new Error(`no answer by ${to} to <${payload.name}/>`));
    }, timeoutMs);
    const ignore = session.onStanza(onStanza);
    try {
      await session.send(xml("iq", { type, to, id }, payload));
      const stanza = await answer.promise;
      const isError = stanza.attrs["type"] === "error";
      const conditions = (stanza.getChild("error")?.getChildElements() ?? []).filter(
        (each) => each.attrs["xmlns"] === NS_STANZAS && each.name !== "text",
      );
      return {
        type: isError ? "error" : "result",
        stanza,
        condition: isError ? (conditions[0]?.name ?? "none") : "",
      };
    } finally {
      clearTimeout(timer);
      ignore();
    }
  };
}

/** "" where it is absent. */
export function attr(stanza: Stanza, name: string): string {
  const value: unknown = stanza.attrs[name];
  return typeof value === "string" ? value : "";
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** Whether it settles in time. No timer is left behind: it would hold the process up. */
export async function within(work: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  const done = work.then(
    () => true,
    () => true,
  );
  const inTime = await Promise.race([done, late]);
  clearTimeout(timer);
  return inTime;
}

/** Polls; throws with `what` when it does not come. */
export async function until<T>(
  what: string,
  look: () => T | null | undefined | false | Promise<T | null | undefined | false>,
  timeoutMs = 15_000,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`in ${String(timeoutMs)} ms: not ${what}`);
    await pause(20);
  }
}

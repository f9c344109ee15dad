/**
 * A loopback XEP-0114 server for tests, strict where real ones are: a wrong secret, text
 * that is no XML and a stanza from outside the component's domain end the stream with the
 * stream error that ejabberd sends. Its reader is saxes, not the ltx of the code under test.
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { SaxesParser } from "saxes";
import { el, textOf, type XmlElement, type XmlNode } from "../../src/xml/element.ts";
import { serialise } from "../../src/xml/serialise.ts";

const NS_STREAM = "http://etherx.jabber.org/streams";
const NS_ERRORS = "urn:ietf:params:xml:ns:xmpp-streams";

export interface FakeServerOptions {
  readonly domain?: string;
  readonly secret?: string;
  readonly port?: number;
  /** Stream errors for the next logins; "" lets one in. */
  readonly refusals?: string[];
  /** false: IQs to the served domain are not answered. */
  readonly answersPings?: boolean;
  /** Sent in one packet with the answer to the handshake. */
  readonly greeting?: XmlElement;
  /** true: connections are accepted and never answered. */
  readonly silent?: boolean;
  onStanza?(stanza: XmlElement, connection: FakeConnection): void;
}

export interface FakeConnection {
  readonly socket: Socket;
  readonly stanzas: XmlElement[];
  /** Everything that came, as text. */
  received: string;
  closedByPeer: boolean;
  send(stanza: XmlElement): void;
  raw(bytes: string | Buffer): void;
  streamError(condition: string): void;
}

export interface FakeServer {
  readonly port: number;
  readonly connections: FakeConnection[];
  /** Stanzas of all connections. */
  readonly stanzas: XmlElement[];
  /** The newest connection; waits for its login. */
  connected(): Promise<FakeConnection>;
  /** Waits until `count` stanzas in all have come. */
  arrived(count: number): Promise<XmlElement[]>;
  close(): Promise<void>;
}

interface Shared {
  readonly options: FakeServerOptions;
  readonly domain: string;
  readonly secret: string;
  readonly connections: FakeConnection[];
  readonly loggedIn: Set<FakeConnection>;
  readonly stanzas: XmlElement[];
  /** Called whenever something has changed. */
  watchers: (() => void)[];
}

export async function fakeComponentServer(options: FakeServerOptions = {}): Promise<FakeServer> {
  const shared: Shared = {
    options,
    domain: options.domain ?? "bridge.example.org",
    secret: options.secret ?? "s3cret",
    connections: [],
    loggedIn: new Set(),
    stanzas: [],
    watchers: [],
  };
  const server: Server = createServer({ noDelay: true }, (socket) => {
    accept(shared, socket);
  });
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    port,
    connections: shared.connections,
    stanzas: shared.stanzas,
    connected: async () => {
      await until(shared, () => {
        const last = shared.connections.at(-1);
        return last !== undefined && shared.loggedIn.has(last);
      });
      return lastOf(shared.connections);
    },
    arrived: async (count) => {
      await until(shared, () => shared.stanzas.length >= count);
      return shared.stanzas;
    },
    close: async () => {
      for (const { socket } of shared.connections) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

function lastOf<T>(items: readonly T[]): T {
  const last = items.at(-1);
  if (last === undefined) throw new Error("nothing there");
  return last;
}

async function until(shared: Shared, test: () => boolean): Promise<void> {
  while (!test()) {
    await new Promise<void>((resolve) => {
      shared.watchers.push(resolve);
    });
  }
}

function changed(shared: Shared): void {
  const { watchers } = shared;
  shared.watchers = [];
  for (const watcher of watchers) watcher();
}

function accept(shared: Shared, socket: Socket): void {
  const connection: FakeConnection = {
    socket,
    stanzas: [],
    received: "",
    closedByPeer: false,
    send: (stanza) => socket.write(serialise(stanza)),
    raw: (bytes) => socket.write(bytes),
    streamError: (condition) => {
      const error = el("stream:error", {}, el(condition, { xmlns: NS_ERRORS }));
      socket.end(`${serialise(error)}</stream:stream>`);
    },
  };
  shared.connections.push(connection);
  socket.on("error", () => undefined);
  if (shared.options.silent === true) {
    socket.pause();
    return;
  }
  const read = reader({
    onStream: () => {
      const header = el("stream:stream", {
        xmlns: "jabber:component:accept",
        "xmlns:stream": NS_STREAM,
        from: shared.domain,
        id: "stream-1",
      });
      socket.write(`<?xml version='1.0'?>${serialise(header).slice(0, -2)}>`);
    },
    onElement: (element) => {
      if (element.local === "handshake") logIn(shared, connection, element);
      else take(shared, connection, element);
    },
    onEnd: () => {
      connection.closedByPeer = true;
      socket.end("</stream:stream>");
      changed(shared);
    },
    onError: () => {
      connection.streamError("not-well-formed");
    },
  });
  socket.setEncoding("utf8");
  socket.on("data", (chunk) => {
    connection.received += String(chunk);
    read(String(chunk));
  });
}

// XEP-0114 §3: SHA-1 of the stream's id and the secret, in lower-case hexadecimal.
function logIn(shared: Shared, connection: FakeConnection, handshake: XmlElement): void {
  const refusal = shared.options.refusals?.shift() ?? "";
  const expected = createHash("sha1").update(`stream-1${shared.secret}`, "utf8").digest("hex");
  if (refusal !== "") connection.streamError(refusal);
  else if (textOf(handshake) !== expected) connection.streamError("not-authorized");
  else {
    const { greeting } = shared.options;
    const words = greeting === undefined ? "" : serialise(greeting);
    connection.raw(serialise(el("handshake")) + words);
    shared.loggedIn.add(connection);
    changed(shared);
  }
}

function take(shared: Shared, connection: FakeConnection, stanza: XmlElement): void {
  const from = stanza.attrs["from"] ?? "";
  if (/^(?:[^/@]*@)?([^/]*)/.exec(from)?.[1] !== shared.domain) {
    connection.streamError("invalid-from");
    return;
  }
  const { id, to, type } = stanza.attrs;
  if (type === "get" && to === "example.org" && shared.options.answersPings !== false) {
    connection.send(el("iq", { type: "result", id, from: to, to: from }));
  }
  connection.stanzas.push(stanza);
  shared.stanzas.push(stanza);
  shared.options.onStanza?.(stanza, connection);
  changed(shared);
}

interface Events {
  onStream(): void;
  onElement(element: XmlElement): void;
  onEnd(): void;
  onError(): void;
}

interface Building {
  readonly element: Omit<XmlElement, "children">;
  readonly children: XmlNode[];
}

function reader(events: Events): (chunk: string) => void {
  const parser = new SaxesParser({ xmlns: true });
  const open: Building[] = [];
  let broken = false;
  parser.on("error", () => {
    if (!broken) events.onError();
    broken = true;
  });
  parser.on("opentag", (tag) => {
    const attrs: Record<string, string> = {};
    for (const [name, attribute] of Object.entries(tag.attributes)) attrs[name] = attribute.value;
    const { name, local, uri: ns } = tag;
    open.push({ element: { name, local, ns, attrs }, children: [] });
    if (open.length === 1) events.onStream();
  });
  parser.on("text", (text) => open.at(-1)?.children.push(text));
  parser.on("closetag", () => {
    const closed = open.pop();
    if (closed === undefined || broken) return;
    const element: XmlElement = { ...closed.element, children: closed.children };
    if (open.length === 0) events.onEnd();
    else if (open.length === 1) events.onElement(element);
    else open.at(-1)?.children.push(element);
  });
  return (chunk) => {
    if (!broken) parser.write(chunk);
  };
}

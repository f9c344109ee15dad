/**
 * The least that a gateway could be, as the reference of the latency bench: a component
 * (XEP-0114) that hands each event of a node to a POST and each POST to one reader, with
 * no database, no key and no XML parser. What the daemon takes longer is what it does more.
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { connect, type Socket } from "node:net";
import { xml } from "../test/support/e2e-client.ts";
import { peerFetch, type HostPorts } from "../test/support/peer-http.ts";

export interface BareOptions {
  readonly domain: string;
  readonly secret: string;
  readonly port: number;
  /** Bare JID of the one person. */
  readonly person: string;
  readonly node: string;
  /** Where the text of an event is POSTed. */
  readonly target: string;
  readonly hosts: HostPorts;
}

export interface BareComponent {
  /** POST here what the person shall be sent. */
  readonly httpPort: number;
  close(): void;
}

const LIMIT_BYTES = 1_000_000;

export async function startBareComponent(options: BareOptions): Promise<BareComponent> {
  const socket = connect({ host: "127.0.0.1", port: options.port, noDelay: true });
  socket.setEncoding("utf8");
  await once(socket, "connect");
  await logIn(socket, options);
  const subscribed = nextMatch(socket, /<iq[^>]*id=.sub./);
  socket.write(subscribeIq(options));
  await subscribed;
  socket.on("data", relayEvents(options));
  const server = createServer((request, response) => {
    let words = "";
    request.setEncoding("utf8");
    request.on("data", (chunk: string) => (words += chunk));
    request.on("end", () => {
      socket.write(eventFor(options, words));
      response.writeHead(202).end();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    httpPort: typeof address === "object" && address !== null ? address.port : 0,
    close: () => {
      server.close();
      server.closeAllConnections();
      socket.destroy();
    },
  };
}

async function logIn(socket: Socket, options: BareOptions): Promise<void> {
  const opened = nextMatch(socket, /<stream:stream[^>]*\bid=['"]([^'"]+)['"]/);
  const stream = xml("stream:stream", {
    xmlns: "jabber:component:accept",
    "xmlns:stream": "http://etherx.jabber.org/streams",
    to: options.domain,
  });
  socket.write(stream.toString().replace("/>", ">"));
  const [, id = ""] = await opened;
  const accepted = nextMatch(socket, /<handshake/);
  const hash = createHash("sha1").update(`${id}${options.secret}`).digest("hex");
  socket.write(xml("handshake", {}, hash).toString());
  await accepted;
}

function nextMatch(socket: Socket, pattern: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    let seen = "";
    const timer = setTimeout(() => {
      reject(new Error(`the server did not say ${pattern.source}`));
    }, 10_000);
    const onData = (text: string): void => {
      seen += text;
      const match = pattern.exec(seen);
      if (match === null) return;
      clearTimeout(timer);
      socket.off("data", onData);
      resolve(match);
    };
    socket.on("data", onData);
  });
}

function relayEvents(options: BareOptions): (text: string) => void {
  let seen = "";
  return (text) => {
    seen += text;
    for (;;) {
      const end = seen.indexOf("</message>");
      if (end < 0) break;
      const words = /<content type=['"]text['"]>([^<]*)</.exec(seen.slice(0, end))?.[1];
      seen = seen.slice(end + "</message>".length);
      if (words === undefined) continue;
      peerFetch(options.target, options.hosts, { method: "POST", body: words }).catch(
        () => undefined,
      );
    }
    if (seen.length > LIMIT_BYTES) seen = "";
  };
}

function subscribeIq({ domain, person, node }: BareOptions): string {
  const subscribe = xml("subscribe", { node, jid: domain });
  const pubsub = xml("pubsub", { xmlns: "http://jabber.org/protocol/pubsub" }, subscribe);
  return xml("iq", { type: "set", id: "sub", from: domain, to: person }, pubsub).toString();
}

function eventFor({ domain, person, node }: BareOptions, words: string): string {
  const title = xml("title", {}, "bare");
  const entry = xml("entry", { xmlns: "http://www.w3.org/2005/Atom" }, title);
  const items = xml("items", { node }, xml("item", { id: words }, entry));
  const event = xml("event", { xmlns: "http://jabber.org/protocol/pubsub#event" }, items);
  const to = { type: "headline", from: `bare@${domain}`, to: person };
  return xml("message", to, event).toString();
}

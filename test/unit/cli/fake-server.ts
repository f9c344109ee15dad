/** An XMPP server for clients on loopback, as far as logging in goes (RFC 6120), that a test can bend. */
import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { createSecureContext, TLSSocket } from "node:tls";
import { selfSignedPem } from "../../../dev/self-signed.ts";

export interface FakeServerOptions {
  readonly tls?: boolean;
  /** Beside STARTTLS, as the text of the features that follow it. */
  readonly mechanisms?: readonly string[];
  readonly moreFeatures?: string;
  readonly password?: string;
  /** After the log-in, for each stanza that comes. */
  readonly onStanza?: (text: string, write: (answer: string | Buffer) => void) => void;
  /** Instead of everything else. */
  readonly onConnection?: (socket: Socket) => void;
}

export interface FakeServer {
  readonly port: number;
  /** All that clients sent behind TLS or after the greeting. */
  readonly received: string[];
}

const HEADER =
  "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='s1' from='box.local' version='1.0'>";

function features(content: string): string {
  return `${HEADER}<stream:features>${content}</stream:features>`;
}

const STARTTLS = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>";
const BIND = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><sm xmlns='urn:xmpp:sm:3'/>";

export async function startFakeServer(
  t: TestContext,
  options: FakeServerOptions = {},
): Promise<FakeServer> {
  const received: string[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    if (options.onConnection !== undefined) options.onConnection(socket);
    else converse(socket, options, received, false);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { port, received };
}

function converse(
  socket: Socket,
  options: FakeServerOptions,
  received: string[],
  secure: boolean,
): void {
  let authenticated = false;
  const greeting = (): string => {
    if (authenticated) return features(BIND + (options.moreFeatures ?? ""));
    const login = mechanisms(options.mechanisms ?? ["PLAIN"]);
    return features(options.tls !== false && !secure ? STARTTLS + login : login);
  };
  const answers: readonly [string, (text: string) => void][] = [
    ["<stream:stream", () => socket.write(greeting())],
    [
      "<starttls",
      () => {
        socket.off("data", onData);
        socket.write("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
        converse(secured(socket), options, received, true);
      },
    ],
    [
      "<auth",
      (text) => {
        authenticated = passwordOf(text) === (options.password ?? "secret");
        socket.write(authenticated ? SUCCESS : FAILURE);
      },
    ],
    ["urn:ietf:params:xml:ns:xmpp-bind", (text) => socket.write(bound(idOf(text)))],
    ["</stream:stream>", () => socket.end("</stream:stream>")],
    ["", (text) => options.onStanza?.(text, (answer) => socket.write(answer))],
  ];
  const onData = (data: Buffer): void => {
    const text = data.toString("utf8");
    received.push(text);
    answers.find(([mark]) => text.includes(mark))?.[1](text);
  };
  socket.on("data", onData);
}

const SUCCESS = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";
const FAILURE = "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>";

function mechanisms(names: readonly string[]): string {
  const list = names.map((name) => `<mechanism>${name}</mechanism>`);
  return `<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>${list.join("")}</mechanisms>`;
}

function bound(id: string): string {
  return `<iq type='result' id='${id}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>bob@box.local/r1</jid></bind></iq>`;
}

function secured(socket: Socket): TLSSocket {
  const pem = selfSignedPem(["box.local"]);
  const tls = new TLSSocket(socket, {
    isServer: true,
    secureContext: createSecureContext({ key: pem, cert: pem }),
  });
  tls.on("error", () => undefined);
  return tls;
}

export function idOf(text: string): string {
  return /\sid=["']([^"']+)["']/.exec(text)?.[1] ?? "";
}

/** RFC 4616: authorization, name and password, parted by NUL. */
function passwordOf(auth: string): string {
  const encoded = />([^<]*)</.exec(auth)?.[1] ?? "";
  return Buffer.from(encoded, "base64").toString("utf8").split("\0")[2] ?? "";
}

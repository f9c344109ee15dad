/**
 * What xmpp.js makes of a server's stream features (RFC 6120 §4.3.2), mended: STARTTLS
 * whose trust is a matter of this connection alone, whole characters, no delay, and none
 * of the features that it miscounts or mixes up.
 */
import { isIP, Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { xml, type Client } from "@xmpp/client";
import { DxError } from "../errors/error.ts";

const NS_STREAM = "http://etherx.jabber.org/streams";
const NS_TLS = "urn:ietf:params:xml:ns:xmpp-tls";

/** What is negotiated. xmpp.js 0.14 miscounts with Prosody under stream management, so that is not. */
const SPOKEN = new Set(["mechanisms", "bind", "session", "register"]);

export interface Trust {
  readonly domain: string;
  /** Takes a certificate that nobody vouches for, and a server without TLS. */
  readonly insecure: boolean;
}

type Element = Parameters<Client["send"]>[0];

/** xmpp.js's own STARTTLS calls this, the types do not name it. */
interface SocketHolder {
  _attachSocket(socket: Socket): void;
}

export function mendStream(entity: Client, trust: Trust): void {
  entity.reconnect.stop();
  entity.on("connect", () => {
    if (entity.socket instanceof Socket) mendSocket(entity.socket);
  });
  // Before xmpp.js's own listener: what is taken out here, it never sees.
  entity.prependListener("element", (element: Element) => {
    if (!element.is("features", NS_STREAM)) return;
    const offersTls = element.getChild("starttls", NS_TLS) !== undefined;
    if (entity.isSecure() || (!offersTls && trust.insecure)) {
      keepChildren(element, SPOKEN);
      return;
    }
    // RFC 6120 §5.3.1: with STARTTLS under way nothing else is negotiated.
    keepChildren(element, new Set());
    secure(entity, trust, offersTls).catch((error: unknown) => {
      entity.emit("error", error instanceof Error ? error : new Error(String(error)));
    });
  });
}

/** Without this, a character split between two packets arrives as two U+FFFD (reproduced). */
function mendSocket(socket: Socket): void {
  socket.setEncoding("utf8");
  socket.setNoDelay(true);
}

function keepChildren(element: Element, names: ReadonlySet<string>): void {
  element.children = element.children.filter(
    (node) => typeof node !== "string" && names.has(node.name),
  );
}

async function secure(entity: Client, trust: Trust, offersTls: boolean): Promise<void> {
  if (!offersTls) throw new DxError("DX_CLIENT_TLS", { detail: "it offers no STARTTLS" });
  const plain = entity.socket;
  if (!(plain instanceof Socket) || !holdsSocket(entity)) throw new DxError("DX_CLIENT_TLS");
  const answer = await entity.sendReceive(xml("starttls", { xmlns: NS_TLS }));
  if (!answer.is("proceed", NS_TLS)) {
    throw new DxError("DX_CLIENT_TLS", { detail: "it refuses STARTTLS" });
  }
  const socket = await upgrade(plain, trust);
  mendSocket(socket);
  entity._attachSocket(Object.assign(socket, { secure: true }));
  await entity.restart();
}

function holdsSocket(entity: object): entity is SocketHolder {
  return "_attachSocket" in entity && typeof entity._attachSocket === "function";
}

function upgrade(socket: Socket, { domain, insecure }: Trust): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    // RFC 6120 §13.7.2.1: the certificate is the domain's, wherever that is served from.
    const secured = connectTls({
      socket,
      ...(isIP(domain) === 0 ? { servername: domain } : {}),
      host: domain,
      rejectUnauthorized: !insecure,
    });
    const failed = (error: Error & { readonly code?: string }) => {
      const why = error.code ?? error.message;
      const detail = `its certificate is not accepted (${why}); --insecure takes any`;
      reject(new DxError("DX_CLIENT_TLS", { detail, cause: error }));
    };
    secured.once("error", failed);
    secured.once("secureConnect", () => {
      secured.off("error", failed);
      resolve(secured);
    });
  });
}

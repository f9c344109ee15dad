/**
 * An independent diaspora* pod for tests: shares no code with src/. It serves discovery for
 * people of any number of host names at one loopback port, keeps every POST that it is
 * sent with the moment of its arrival, opens them with keys that it discovers by itself,
 * and can be told to fail.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { performance } from "node:perf_hooks";
import {
  hcard,
  hostMeta,
  webfingerJrd,
  discover,
  type DiscoveredPerson,
} from "./peer-discovery.ts";
import { decryptAs, encryptFor, openEnvelope, seal } from "./peer-envelope.ts";
import { peerFetch, type PeerAnswer, type PeerRequest } from "./peer-http.ts";
import { readEntity, type ReadEntity } from "./peer-messages.ts";
import { hostOfPerson, type PeerPerson } from "./peer-person.ts";

export interface Receipt {
  readonly path: string;
  readonly host: string;
  /** null at /receive/public. */
  readonly recipientGuid: string | null;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  /** performance.now() when the request's head was there. */
  readonly at: number;
  /** What was answered. */
  readonly status: number;
}

export interface PeerPage {
  readonly type: string;
  readonly body: string | Buffer;
}

export interface Opened extends ReadEntity {
  readonly sender: string;
  readonly payload: string;
}

/** A status for each POST; `hang` never answers; `refuse` closes the port. */
export type Fault = number | "hang" | "refuse" | null;

export interface Peer {
  readonly port: number;
  /** Host → loopback port, of the peer's own people and of whoever was given. */
  readonly hosts: Map<string, number>;
  readonly receipts: readonly Receipt[];
  /** `host/path` → what else is served there, put in by the test. */
  readonly pages: Map<string, PeerPage>;
  /** `host/path` of each GET. */
  readonly asked: readonly string[];
  setFault(fault: Fault): Promise<void>;
  /** Of one host alone, for its next POSTs: the last one stays. `refuse` breaks the connection off. */
  readonly faultsAt: Map<string, Fault[]>;
  /** Called for each receipt when it is there; returns what ends it. */
  onReceipt(listener: (receipt: Receipt) => void): () => void;
  /** Verifies with the sender's discovered key; throws with what is wrong. */
  open(receipt: Receipt): Promise<Opened>;
  /** Through the peer's cache; throws when there is nobody. */
  find(id: string): Promise<DiscoveredPerson>;
  fetch(url: string, wishes?: PeerRequest): Promise<PeerAnswer>;
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 16 * 1024 * 1024;

interface Pod {
  readonly people: readonly PeerPerson[];
  readonly receipts: Receipt[];
  readonly listeners: Set<(receipt: Receipt) => void>;
  readonly pages: Map<string, PeerPage>;
  readonly asked: string[];
  fault: Fault;
  readonly faultsAt: Map<string, Fault[]>;
}

export async function startPeer(
  people: readonly PeerPerson[],
  others: ReadonlyMap<string, number> = new Map(),
): Promise<Peer> {
  const pod: Pod = {
    people,
    receipts: [],
    listeners: new Set(),
    pages: new Map(),
    asked: [],
    fault: null,
    faultsAt: new Map(),
  };
  const server = createServer((request, response) => {
    const at = performance.now();
    answer(pod, request, response, at).catch(() => {
      response.destroy();
    });
  });
  const port = await listen(server, 0);
  const hosts = new Map(others);
  for (const person of people) hosts.set(hostOfPerson(person), port);
  const known = new Map<string, DiscoveredPerson>();

  async function find(id: string): Promise<DiscoveredPerson> {
    const cached = known.get(id);
    if (cached !== undefined) return cached;
    const found = await discover(id, hosts);
    if (found === null) throw new Error(`WebFinger knows no ${id}`);
    known.set(id, found);
    return found;
  }

  return {
    port,
    hosts,
    receipts: pod.receipts,
    pages: pod.pages,
    asked: pod.asked,
    faultsAt: pod.faultsAt,
    find,
    fetch: (url, wishes) => peerFetch(url, hosts, wishes),
    onReceipt: (listener) => {
      pod.listeners.add(listener);
      return () => pod.listeners.delete(listener);
    },
    open: async (receipt) => {
      const recipient = people.find((person) => person.guid === receipt.recipientGuid);
      const envelope = recipient === undefined ? receipt.body : decryptAs(recipient, receipt.body);
      const opened = await openEnvelope(envelope, async (id) => (await find(id)).publicPem);
      return { ...opened, ...readEntity(opened.payload) };
    },
    setFault: async (fault) => {
      if (pod.fault === "refuse" && fault !== "refuse") await listen(server, port);
      if (fault === "refuse" && pod.fault !== "refuse") await stopListening(server);
      pod.fault = fault;
    },
    close: async () => {
      if (pod.fault !== "refuse") await stopListening(server);
    },
  };
}

/** What a pod does to share a public message: one POST to the other pod. */
export async function postPublic(peer: Peer, seed: string, body: string): Promise<PeerAnswer> {
  return await peer.fetch(new URL("receive/public", seed).href, {
    method: "POST",
    contentType: "application/magic-envelope+xml",
    body,
  });
}

/** What a pod does to tell one person something: sealed, then encrypted with the discovered key. */
export async function postPrivate(
  peer: Peer,
  to: DiscoveredPerson,
  payload: string,
  signer: PeerPerson,
): Promise<PeerAnswer> {
  return await postEncrypted(peer, to, encryptFor(to.publicPem, seal(payload, signer)));
}

export async function postEncrypted(
  peer: Peer,
  to: DiscoveredPerson,
  body: string,
): Promise<PeerAnswer> {
  return await peer.fetch(new URL(`receive/users/${to.guid}`, to.seed).href, {
    method: "POST",
    contentType: "application/json",
    body,
  });
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}

async function stopListening(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}

async function answer(
  pod: Pod,
  request: IncomingMessage,
  response: ServerResponse,
  at: number,
): Promise<void> {
  const url = new URL(request.url ?? "/", `http://${request.headers.host ?? "unknown"}`);
  if (request.method === "POST") {
    await receive(pod, request, response, { path: url.pathname, host: url.host, at });
    return;
  }
  pod.asked.push(`${url.host}${url.pathname}`);
  const page = pod.pages.get(`${url.host}${url.pathname}`) ?? pageAt(pod, url);
  response.writeHead(page === null ? 404 : 200, { "content-type": page?.type ?? "text/plain" });
  response.end(page?.body ?? "not found");
}

async function receive(
  pod: Pod,
  request: IncomingMessage,
  response: ServerResponse,
  arrival: Pick<Receipt, "path" | "host" | "at">,
): Promise<void> {
  const body = await bodyOf(request);
  const place = /^\/receive\/(?:public|users\/([^/]+))\/?$/.exec(arrival.path);
  const recipientGuid = place?.[1] ?? null;
  const isThere =
    place !== null &&
    (recipientGuid === null || pod.people.some((person) => person.guid === recipientGuid));
  const fault = faultAt(pod, arrival.host);
  const status = typeof fault === "number" ? fault : isThere ? 202 : 404;
  const receipt: Receipt = { ...arrival, recipientGuid, headers: request.headers, body, status };
  pod.receipts.push(receipt);
  for (const listener of pod.listeners) listener(receipt);
  if (fault === "hang") return;
  if (fault === "refuse") response.destroy();
  else response.writeHead(status).end();
}

function faultAt({ fault, faultsAt }: Pod, host: string): Fault {
  const faults = faultsAt.get(host);
  if (faults === undefined) return fault;
  return (faults.length > 1 ? faults.shift() : faults[0]) ?? null;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) throw new Error("no bytes");
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new Error("the body is too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function pageAt(pod: Pod, url: URL): PeerPage | null {
  // Each person is served by their own host only, though all hosts share the port.
  const here = pod.people.filter((person) => hostOfPerson(person) === url.host);
  if (url.pathname === "/") return { type: "text/plain", body: "a pod" };
  if (url.pathname === "/.well-known/host-meta") {
    return { type: "application/xrd+xml", body: hostMeta(url.host) };
  }
  if (url.pathname === "/.well-known/webfinger") {
    const wanted = url.searchParams.get("resource");
    const person = here.find(({ id }) => wanted === `acct:${id}`);
    return person === undefined
      ? null
      : { type: "application/jrd+json", body: webfingerJrd(person) };
  }
  const guid = /^\/hcard\/users\/([^/]+)$/.exec(url.pathname)?.[1];
  const person = here.find((each) => each.guid === guid);
  return person === undefined ? null : { type: "text/html; charset=utf-8", body: hcard(person) };
}

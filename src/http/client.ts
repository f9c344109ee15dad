/**
 * The one guarded outgoing client: every URL that somebody else named is contacted through
 * it. https only, public addresses only, bounded in redirects, bytes and time; connections
 * are pooled per origin and kept alive.
 */
import { Agent } from "undici";
import { readUrl, refusePrivateLiteral } from "./address-guard.ts";
import { exchange, networkError, type Headers, type ResponseHead } from "./exchange.ts";
import {
  guardedConnector,
  mappedName,
  type NamedAddress,
  type ResolveName,
} from "./guarded-connect.ts";
import { nextHop } from "./redirect.ts";
import { ACCEPT_ENCODING, discard, readBody, readExcerpt } from "./response-body.ts";
import { retryAfterSeconds } from "./retry-after.ts";

const DEFAULT_MAX_BYTES = 1024 * 1024;
/** As long as diaspora* waits for us (diaspora_federation: 30 s). */
const DEFAULT_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 10_000;
const EXCERPT_BYTES = 512;
const CONNECTIONS_PER_ORIGIN = 16;

export interface GuardedHttpOptions {
  /** Sent as `User-Agent: Diaspora-X/<version>`. */
  readonly version: string;
  /** Development only: http URLs and private addresses, for everybody. Default false. */
  readonly allowHttp?: boolean;
  readonly allowPrivateAddresses?: boolean;
  /** Names that may lead to private addresses; an address in a URL never may. */
  readonly privateHosts?: readonly string[];
  /**
   * Development only: host (or host:port) → where it really is. Such a host is dialled there
   * by plain HTTP whatever the URL's scheme, with the Host header of its name.
   */
  readonly names?: ReadonlyMap<string, NamedAddress>;
  /** Of requests that set none. Defaults 1 MiB and 30 s. */
  readonly maxBytes?: number;
  readonly timeoutMs?: number;
  /** Default 10 s, and never longer than the request's own limit. */
  readonly connectTimeoutMs?: number;
  readonly resolve?: ResolveName;
  /** Throws for a host with which the operator has nothing to do; asked at each hop. */
  readonly admit?: (host: string) => void;
  /** PEM of a private certificate authority. */
  readonly ca?: string;
}

export interface GetOptions {
  readonly accept?: string;
  /** Counted on the wire and after decompression. Default 1 MiB. */
  readonly maxBytes?: number;
  /** For the whole chain of redirects, body included. Default 30 s. */
  readonly timeoutMs?: number;
}

export interface GetResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Headers;
  readonly body: Buffer;
  /** Where the chain of redirects ended. */
  readonly url: string;
}

export interface PostOptions {
  readonly contentType: string;
  readonly body: Buffer | string;
  readonly timeoutMs?: number;
}

export interface PostResponse {
  readonly status: number;
  readonly retryAfterSeconds: number | null;
  /** At most 512 bytes of a stranger's words: for the evidence of a failure, not for a log at info. */
  readonly bodyExcerpt: string;
}

export interface GuardedHttp {
  /**
   * Throws DX_ADDRESS_FORBIDDEN where the URL could never be contacted, or what `admit` throws;
   * dials nothing.
   */
  check(url: string): URL;
  /** Throws DX_ADDRESS_FORBIDDEN or DX_HTTP_*; any status is an answer. */
  get(url: string, options?: GetOptions): Promise<GetResponse>;
  post(url: string, options: PostOptions): Promise<PostResponse>;
  close(): Promise<void>;
}

interface Client {
  readonly options: GuardedHttpOptions;
  readonly agent: Agent;
  readonly names: ReadonlyMap<string, NamedAddress>;
}

interface Chain {
  readonly method: "GET" | "POST";
  readonly headers: Headers;
  readonly body?: Buffer;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export function createGuardedHttp(options: GuardedHttpOptions): GuardedHttp {
  const names = options.names ?? new Map<string, NamedAddress>();
  const agent = new Agent({
    connections: CONNECTIONS_PER_ORIGIN,
    keepAliveTimeout: 10_000,
    keepAliveMaxTimeout: 60_000,
    connect: guardedConnector({
      allowPrivateAddresses: options.allowPrivateAddresses === true,
      privateHosts: new Set(options.privateHosts),
      names,
      connectTimeoutMs: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
      resolve: options.resolve,
      ca: options.ca,
    }),
  });
  const client: Client = { options, agent, names };
  return {
    check: (url) => checkUrl(client, url),
    get: (url, wishes = {}) => get(client, url, wishes),
    post: (url, message) => post(client, url, message),
    // Requests that are under way hold no message: what they carry stays in its queue.
    close: () => agent.destroy(),
  };
}

async function get(client: Client, url: string, wishes: GetOptions): Promise<GetResponse> {
  const timeoutMs = wishes.timeoutMs ?? client.options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const chain: Chain = {
    method: "GET",
    headers: {
      "user-agent": userAgent(client),
      "accept-encoding": ACCEPT_ENCODING,
      accept: wishes.accept ?? "*/*",
    },
    timeoutMs,
    signal: AbortSignal.timeout(timeoutMs),
  };
  const end = await follow(client, checkUrl(client, url), chain);
  const { status, headers, stream } = end.head;
  const maxBytes = wishes.maxBytes ?? client.options.maxBytes ?? DEFAULT_MAX_BYTES;
  try {
    const body = await readBody(stream, headers["content-encoding"], maxBytes);
    return { status, headers, body, url: end.url.href };
  } catch (error) {
    throw networkError(error, end.url);
  }
}

async function post(client: Client, url: string, message: PostOptions): Promise<PostResponse> {
  const timeoutMs = message.timeoutMs ?? client.options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const body = Buffer.isBuffer(message.body) ? message.body : Buffer.from(message.body);
  const chain: Chain = {
    method: "POST",
    headers: { "user-agent": userAgent(client), "content-type": message.contentType },
    body,
    timeoutMs,
    signal: AbortSignal.timeout(timeoutMs),
  };
  const { head } = await follow(client, checkUrl(client, url), chain);
  const retry = retryAfterSeconds(head.headers["retry-after"], Date.now());
  // The status is the answer: a message that was taken is not sent again for a lost body.
  const bodyExcerpt = await readExcerpt(head.stream, EXCERPT_BYTES).catch(() => "");
  return { status: head.status, retryAfterSeconds: retry, bodyExcerpt };
}

async function follow(
  client: Client,
  start: URL,
  chain: Chain,
): Promise<{ readonly head: ResponseHead; readonly url: URL }> {
  let url = start;
  for (let followed = 0; ; followed += 1) {
    const head = await exchange(client.agent, { ...chain, url: dialledUrl(client, url) });
    const step = { method: chain.method, from: url, head, followed };
    let next: URL | null;
    try {
      next = nextHop(step, (text) => checkUrl(client, text));
    } catch (error) {
      discard(head.stream);
      throw error;
    }
    if (next === null) return { head, url };
    await readExcerpt(head.stream, EXCERPT_BYTES).catch(() => "");
    url = next;
  }
}

function checkUrl(client: Client, text: string): URL {
  // A mapped name stands for one place on this machine that the operator wrote down.
  const plain = readUrl(text, { allowHttp: true });
  client.options.admit?.(plain.host);
  if (mappedName(client.names, plain) !== undefined) return plain;
  const url = readUrl(text, { allowHttp: client.options.allowHttp === true });
  if (client.options.allowPrivateAddresses !== true) refusePrivateLiteral(url);
  return url;
}

/** The URL whose connection is used: a mapped name is spoken to without TLS. */
function dialledUrl(client: Client, url: URL): URL {
  if (url.protocol === "http:" || mappedName(client.names, url) === undefined) return url;
  const dialled = new URL(url);
  dialled.protocol = "http:";
  return dialled;
}

function userAgent(client: Client): string {
  return `Diaspora-X/${client.options.version}`;
}

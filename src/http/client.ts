/**
 * The one guarded outgoing client: every URL that somebody else named is contacted through
 * it. https only, public addresses only, bounded in redirects, bytes and time; connections
 * are pooled per origin and kept alive.
 */
import { Agent } from "undici";
import { readUrl, refusePlainHttp, refusePrivateLiteral } from "./address-guard.ts";
import {
  exchange,
  networkError,
  sendForStream,
  type Exchange,
  type Headers,
  type StreamedAnswer,
} from "./exchange.ts";
import {
  guardedConnector,
  mappedName,
  type NamedAddress,
  type ResolveName,
} from "./guarded-connect.ts";
import { nextHop } from "./redirect.ts";
import { ACCEPT_ENCODING, discard, drain, readBody } from "./response-body.ts";
import { retryAfterSeconds } from "./retry-after.ts";
import { sendForShort } from "./short-answer.ts";

const DEFAULT_MAX_BYTES = 1024 * 1024;
/** As long as diaspora* waits for us (diaspora_federation: 30 s). */
const DEFAULT_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 10_000;
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

type Chain = Omit<Exchange, "url">;

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
  const limit = timeLimit(wishes.timeoutMs ?? client.options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  try {
    const end = await follow(client, checkUrl(client, url), {
      ...limit,
      method: "GET",
      headers: {
        "user-agent": userAgent(client),
        "accept-encoding": ACCEPT_ENCODING,
        accept: wishes.accept ?? "*/*",
      },
    });
    const { status, headers, stream } = end.head;
    const maxBytes = wishes.maxBytes ?? client.options.maxBytes ?? DEFAULT_MAX_BYTES;
    try {
      const body = await readBody(stream, headers["content-encoding"], maxBytes);
      return { status, headers, body, url: end.url.href };
    } catch (error) {
      throw networkError(error, end.url);
    }
  } finally {
    limit.clear();
  }
}

async function follow(
  client: Client,
  start: URL,
  chain: Chain,
): Promise<{ readonly head: StreamedAnswer; readonly url: URL }> {
  let url = start;
  for (let followed = 0; ; followed += 1) {
    const request = { ...chain, url: dialledUrl(client, url) };
    const head = await exchange(request, (sent) => sendForStream(client.agent, sent));
    let next: URL | null;
    try {
      next = nextHop({ method: "GET", from: url, head, followed }, (to) => checkUrl(client, to));
    } catch (error) {
      discard(head.stream);
      throw error;
    }
    if (next === null) return { head, url };
    await drain(head.stream).catch(() => undefined);
    url = next;
  }
}

async function post(client: Client, start: string, message: PostOptions): Promise<PostResponse> {
  const limit = timeLimit(message.timeoutMs ?? client.options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  try {
    const chain: Chain = {
      ...limit,
      method: "POST",
      headers: { "user-agent": userAgent(client), "content-type": message.contentType },
      body: Buffer.isBuffer(message.body) ? message.body : Buffer.from(message.body),
    };
    let url = checkUrl(client, start);
    for (let followed = 0; ; followed += 1) {
      const request = { ...chain, url: dialledUrl(client, url) };
      const head = await exchange(request, (sent) => sendForShort(client.agent, sent));
      const step = { method: chain.method, from: url, head, followed };
      const next = nextHop(step, (to) => checkUrl(client, to));
      if (next === null) {
        const retry = retryAfterSeconds(head.headers["retry-after"], Date.now());
        return { status: head.status, retryAfterSeconds: retry, bodyExcerpt: head.excerpt };
      }
      url = next;
    }
  } finally {
    limit.clear();
  }
}

interface TimeLimit {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  clear(): void;
}

/** Ends with what it limits: those of AbortSignal.timeout stay until they have run out. */
function timeLimit(timeoutMs: number): TimeLimit {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort(new DOMException("it took too long", "TimeoutError"));
  }, timeoutMs);
  return {
    timeoutMs,
    signal: controller.signal,
    clear: () => {
      clearTimeout(timer);
    },
  };
}

function checkUrl(client: Client, text: string): URL {
  // A mapped name stands for one place on this machine that the operator wrote down.
  const plain = readUrl(text, { allowHttp: true });
  client.options.admit?.(plain.host);
  if (mappedName(client.names, plain) !== undefined) return plain;
  if (client.options.allowHttp !== true) refusePlainHttp(plain);
  if (client.options.allowPrivateAddresses !== true) refusePrivateLiteral(plain);
  return plain;
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

/**
 * One request and its response head on the guarded connections, with every failure of the
 * network turned into a DxError.
 */
import type { Readable } from "node:stream";
import { errors, type Dispatcher } from "undici";
import { DxError, isDxError } from "../errors/error.ts";

export type Headers = Readonly<Record<string, string>>;

export interface Exchange {
  readonly url: URL;
  readonly method: "GET" | "POST";
  readonly headers: Headers;
  readonly body?: Buffer;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

export interface ResponseHead {
  readonly status: number;
  /** Lower-case names; a repeated header's first value. */
  readonly headers: Headers;
  readonly stream: Readable;
}

/**
 * A kept-alive connection may be closed by the peer just as a request goes out on it. Then
 * the request is sent once more: GET changes nothing, and a diaspora* message that arrives
 * twice is one message (same guid, same author). Backing off the whole pod for it would
 * cost minutes.
 */
export async function exchange(dispatcher: Dispatcher, request: Exchange): Promise<ResponseHead> {
  try {
    return await send(dispatcher, request);
  } catch (error) {
    if (!closedUnderUs(error) || request.signal.aborted) throw networkError(error, request.url);
  }
  try {
    return await send(dispatcher, request);
  } catch (error) {
    throw networkError(error, request.url);
  }
}

async function send(dispatcher: Dispatcher, request: Exchange): Promise<ResponseHead> {
  const response = await dispatcher.request({
    origin: request.url.origin,
    path: request.url.pathname + request.url.search,
    method: request.method,
    headers: request.headers,
    body: request.body ?? null,
    signal: request.signal,
    headersTimeout: request.timeoutMs,
    bodyTimeout: request.timeoutMs,
  });
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    const first = Array.isArray(value) ? value[0] : value;
    if (first !== undefined) headers[name.toLowerCase()] = first;
  }
  return { status: response.statusCode, headers, stream: response.body };
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function closedUnderUs(error: unknown): boolean {
  return ["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"].includes(codeOf(error));
}

const TIMEOUT_CODES: readonly string[] = [
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
  "UND_ERR_ABORTED",
  "ETIMEDOUT",
];

/** The only signal is the time limit of the whole chain: an abort is a time-out. */
export function networkError(error: unknown, url: URL): DxError {
  if (isDxError(error)) return error;
  if (error instanceof AggregateError) {
    // Happy eyeballs (RFC 8305) collects one error per address; a refusal outweighs the rest.
    const refused = error.errors.find((inner) => isDxError(inner));
    if (isDxError(refused)) return refused;
  }
  const evidence = { host: url.host.slice(0, 255), cause: codeOf(error).slice(0, 64) };
  if (error instanceof Error && (error.name === "TimeoutError" || error.name === "AbortError")) {
    return new DxError("DX_HTTP_TIMEOUT", { evidence, cause: error });
  }
  if (TIMEOUT_CODES.includes(codeOf(error))) {
    return new DxError("DX_HTTP_TIMEOUT", { evidence, cause: error });
  }
  if (error instanceof errors.HeadersOverflowError) {
    return new DxError("DX_HTTP_TOO_BIG", { evidence, cause: error });
  }
  return new DxError("DX_HTTP_UNREACHABLE", { evidence, cause: error });
}

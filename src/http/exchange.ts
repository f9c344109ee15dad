/**
 * One request and its response head on the guarded connections, with every failure of the
 * network turned into a DxError.
 */
import type { IncomingHttpHeaders } from "node:http";
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
}

export interface StreamedAnswer extends ResponseHead {
  readonly stream: Readable;
}

type DispatchOptions = Dispatcher.DispatchOptions & { readonly origin: string };

/**
 * A kept-alive connection may be closed by the peer just as a request goes out on it. Then
 * the request is sent once more: GET changes nothing, and a diaspora* message that arrives
 * twice is one message (same guid, same author). Backing off the whole pod for it would
 * cost minutes.
 */
export async function exchange<Answer>(
  request: Exchange,
  send: (request: Exchange) => Promise<Answer>,
): Promise<Answer> {
  try {
    return await send(request);
  } catch (error) {
    if (!closedUnderUs(error) || request.signal.aborted) throw networkError(error, request.url);
  }
  try {
    return await send(request);
  } catch (error) {
    throw networkError(error, request.url);
  }
}

/** For whoever wants the body. */
export async function sendForStream(
  dispatcher: Dispatcher,
  request: Exchange,
): Promise<StreamedAnswer> {
  const { signal } = request;
  const response = await dispatcher.request({ ...wireOf(request), signal });
  const headers = firstValues(response.headers);
  return { status: response.statusCode, headers, stream: response.body };
}

/** What undici is told of a request. */
export function wireOf({ url, method, headers, body, timeoutMs }: Exchange): DispatchOptions {
  return {
    origin: url.origin,
    path: url.pathname + url.search,
    method,
    headers,
    body: body ?? null,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  };
}

export function firstValues(received: IncomingHttpHeaders): Headers {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(received)) {
    const first = Array.isArray(value) ? value[0] : value;
    if (first !== undefined) headers[name.toLowerCase()] = first;
  }
  return headers;
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

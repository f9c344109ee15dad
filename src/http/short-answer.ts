/**
 * A request whose answer is its status: of the body only the first bytes are kept, and no stream is
 * made for it, which costs more than the rest of a request on a connection that is there.
 */
import type { Dispatcher } from "undici";
import { firstValues, wireOf, type Exchange, type ResponseHead } from "./exchange.ts";
import { decodeUtf8, DRAIN_BYTES, EXCERPT_BYTES } from "./response-body.ts";

export interface ShortAnswer extends ResponseHead {
  /** As text, for the evidence of a failure. */
  readonly excerpt: string;
}

export function sendForShort(dispatcher: Dispatcher, request: Exchange): Promise<ShortAnswer> {
  return new Promise((resolve, reject) => {
    const handler = handlerOf(request.signal, resolve, reject);
    dispatcher.dispatch(wireOf(request), handler);
  });
}

function handlerOf(
  signal: AbortSignal,
  resolve: (answer: ShortAnswer) => void,
  reject: (error: unknown) => void,
): Dispatcher.DispatchHandler {
  const chunks: Buffer[] = [];
  let size = 0;
  let head: ResponseHead | null = null;
  let controller: Dispatcher.DispatchController | null = null;

  /** The status is the answer: a message that was taken is not sent again for a lost body. */
  const settle = (error: unknown): void => {
    signal.removeEventListener("abort", cutOff);
    if (head === null) reject(error);
    else resolve({ ...head, excerpt: size === 0 ? "" : excerptOf(chunks) });
  };
  const cutOff = (): void => {
    // While it waits for a connection undici knows no way to take it back; it never starts then.
    if (controller === null) settle(signal.reason);
    else controller.abort(reasonOf(signal));
  };
  signal.addEventListener("abort", cutOff);
  return {
    onRequestStart(started) {
      controller = started;
      if (signal.aborted) started.abort(reasonOf(signal));
    },
    onResponseStart(_, status, headers) {
      // Others may come before the answer (RFC 9110 §15.2).
      if (status >= 200) head = { status, headers: firstValues(headers) };
    },
    onResponseData(_, chunk) {
      if (size < EXCERPT_BYTES) chunks.push(chunk);
      size += chunk.length;
      if (size > DRAIN_BYTES) controller?.abort(new Error("nobody reads that much"));
    },
    onResponseEnd() {
      settle(null);
    },
    onResponseError(_, error) {
      settle(error);
    },
  };
}

function reasonOf({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new Error("it was cut off");
}

function excerptOf(chunks: readonly Buffer[]): string {
  return decodeUtf8(Buffer.concat(chunks).subarray(0, EXCERPT_BYTES));
}

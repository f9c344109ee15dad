/**
 * What a stranger is told when a request fails: the status and the plain sentence of the
 * registry, never a stack, never what went wrong inside.
 */
import { DxError, describeError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import type { HttpReply, HttpRequest } from "./routes.ts";

/** For 503: long enough for a database to come back, short against a pod's first retry (4 min). */
export const RETRY_AFTER_SECONDS = 60;

export function sendError(reply: HttpReply, error: DxError, retryAfterSeconds?: number): HttpReply {
  const { http, message } = error.entry;
  if (http === 503) {
    // RFC 9110 §15.6.4
    reply.header("retry-after", String(retryAfterSeconds ?? RETRY_AFTER_SECONDS));
  }
  return reply.status(http).send({ error: error.code, message });
}

/** The error of a handler, or of fastify itself, as one of ours. */
export function errorHandler(
  log: Log,
): (error: unknown, request: HttpRequest, reply: HttpReply) => void {
  return (error, request, reply) => {
    const known = asDxError(error);
    if (known.entry.http >= 500) {
      const route = request.routeOptions.url ?? "";
      log.error({ route, method: request.method, error: describeError(error) }, "a request failed");
    }
    sendError(reply, known);
  };
}

function asDxError(error: unknown): DxError {
  if (error instanceof DxError) return error;
  const status =
    error instanceof Error && "statusCode" in error ? Number(error.statusCode) : Number.NaN;
  if (status === 413) return new DxError("DX_BODY_TOO_BIG");
  if (status === 404) return new DxError("DX_ITEM_NOT_FOUND");
  if (status >= 400 && status < 500) return new DxError("DX_BAD_REQUEST");
  return new DxError("DX_INTERNAL", { cause: error });
}

/**
 * The form in which a room hands its routes to the one server. Each set is registered in a
 * scope of its own; every body arrives as a Buffer, and the room parses it.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

export type HttpApp = FastifyInstance;
export type HttpRequest = FastifyRequest;
export type HttpReply = FastifyReply;
export type Routes = (app: HttpApp) => void;

/** The body of a request as bytes; none is an empty one. */
export function bodyOf(request: HttpRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}

/**
 * How many requests a minute one address may make on a route, where the server's own limit
 * does not fit. Counted apart from everything else.
 */
export function perMinute(max: number): {
  readonly config: { readonly rateLimit: { readonly max: number } };
} {
  return { config: { rateLimit: { max } } };
}

/** One value of the query string: the first where it is repeated, null where there is none. */
export function queryValue(request: HttpRequest, name: string): string | null {
  const query: unknown = request.query;
  if (typeof query !== "object" || query === null) return null;
  const value: unknown = new Map<string, unknown>(Object.entries(query)).get(name);
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === "string" ? first : null;
}

/** A parameter of the path, percent-decoded. */
export function pathValue(request: HttpRequest, name: string): string {
  const params: unknown = request.params;
  if (typeof params !== "object" || params === null) return "";
  const value: unknown = new Map<string, unknown>(Object.entries(params)).get(name);
  return typeof value === "string" ? value : "";
}

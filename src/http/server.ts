/**
 * The one HTTP server. Rooms hand it their routes; what is the same for all of them is
 * here: whose address counts, limits of size, time and rate, errors, the plain front page,
 * liveness and readiness.
 */
import rateLimit from "@fastify/rate-limit";
import fastify from "fastify";
import { DxError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import { errorHandler, sendError } from "./error-reply.ts";
import { trusts } from "./trust.ts";
import { frontRoutes, type ReadyAnswer } from "./front-routes.ts";
import type { HttpApp, HttpRequest, Routes } from "./routes.ts";
import { watchConnections } from "./scarce.ts";

export interface HttpServerOptions {
  readonly version: string;
  readonly log: Log;
  /** Whether the daemon can do its work, and what `/ready` says of it. */
  readonly ready: () => Promise<ReadyAnswer>;
  /** Told of every answer; the route as it was registered, null where there is none. */
  readonly answered?: (route: string | null, status: number, seconds: number) => void;
  /** Addresses or CIDR blocks of proxies whose X-Forwarded-For is believed. Default none. */
  readonly trustedProxies?: () => readonly string[];
  readonly limits?: Partial<HttpLimits>;
}

export interface HttpLimits {
  /** Of a route that sets none itself. Default 64 KiB. */
  readonly bodyBytes: number;
  readonly headerBytes: number;
  /** For head and body of one request to arrive: slow loris. Default 15 s and 60 s. */
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** How often the two above are looked at. Default 5 s. */
  readonly checkIntervalMs: number;
  /** A connection on which nothing moves. Default 90 s. */
  readonly idleTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  /** Connections at once; bounds the memory that unfinished bodies can take. Default 2,000. */
  readonly connections: number;
  /** Requests a minute from one address (IPv6: one /64) on routes that set none. Default 600. */
  readonly requestsPerMinute: () => number;
  /**
   * Loopback is not counted (default true): in development everything comes from there, and
   * behind a proxy that is not declared all peers would share one count.
   */
  readonly exemptLoopback: boolean;
}

const DEFAULT_LIMITS: HttpLimits = {
  bodyBytes: 64 * 1024,
  headerBytes: 16 * 1024,
  headersTimeoutMs: 15_000,
  requestTimeoutMs: 60_000,
  checkIntervalMs: 5_000,
  idleTimeoutMs: 90_000,
  keepAliveTimeoutMs: 60_000,
  connections: 2_000,
  requestsPerMinute: () => 600,
  exemptLoopback: true,
};

const DEFAULT_GRACE_MS = 10_000;

export interface HttpServer {
  /** For tests: fastify's `inject`. */
  readonly app: HttpApp;
  /** Resolves with the port, which is the system's choice for 0. */
  listen(host: string, port: number): Promise<number>;
  /** Takes nothing new, lets what is under way finish, cuts what has not after the grace. */
  close(graceMs?: number): Promise<void>;
}

export async function buildHttpServer(
  options: HttpServerOptions,
  routes: readonly Routes[],
): Promise<HttpServer> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const app = createApp(options, limits);
  app.server.maxConnections = limits.connections;
  watchConnections(app.server, { connections: limits.connections, log: options.log });
  app.setErrorHandler(errorHandler(options.log));
  addBytesParser(app);
  addSafetyHeaders(app);
  addAnswered(app, options);
  const drain = addDrain(app);
  await app.register(rateLimit, {
    global: true,
    max: limits.requestsPerMinute,
    timeWindow: 60_000,
    cache: 10_000,
    ipv6Subnet: 64,
    allowList: (request) => limits.exemptLoopback && isLoopback(request.ip),
    errorResponseBuilder: () => new DxError("DX_RATE_LIMITED"),
  });
  // Guesses at paths count like requests; without this they would be free.
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, (_request, reply) =>
    sendError(reply, new DxError("DX_ITEM_NOT_FOUND")),
  );
  for (const set of [frontRoutes(options), ...routes]) {
    app.register((scope, _options, done) => {
      set(scope);
      done();
    });
  }
  await app.ready();
  return {
    app,
    listen: async (host, port) => {
      await app.listen({ host, port });
      const address = app.server.address();
      return typeof address === "object" && address !== null ? address.port : port;
    },
    close: (graceMs = DEFAULT_GRACE_MS) => drain(graceMs),
  };
}

function createApp(options: HttpServerOptions, limits: HttpLimits): HttpApp {
  return fastify({
    trustProxy: options.trustedProxies === undefined ? false : trusts(options.trustedProxies),
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestTimeoutMs,
    connectionTimeout: limits.idleTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    // A drained server answers 503 on connections that are still open, and closes idle ones.
    return503OnClosing: true,
    forceCloseConnections: "idle",
    routerOptions: { maxParamLength: 1024 },
    http: {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: Math.min(limits.headersTimeoutMs, limits.requestTimeoutMs),
      connectionsCheckingInterval: limits.checkIntervalMs,
    },
  });
}

function addBytesParser(app: HttpApp): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => {
    done(null, body);
  });
}

/** Nothing of ours runs scripts or is shown inside another site's page. */
function addSafetyHeaders(app: HttpApp): void {
  app.addHook("onRequest", (_request, reply, done) => {
    reply.headers({
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "content-security-policy": "default-src 'none'; img-src 'self'; frame-ancestors 'none'",
    });
    done();
  });
}

function addAnswered(app: HttpApp, { answered }: HttpServerOptions): void {
  if (answered === undefined) return;
  app.addHook("onResponse", (request, reply, done) => {
    answered(request.routeOptions.url ?? null, reply.statusCode, reply.elapsedTime / 1000);
    done();
  });
}

function isLoopback(ip: HttpRequest["ip"]): boolean {
  return ip === "::1" || /^(?:::ffff:)?127\./.test(ip);
}

/**
 * A connection that was busy when closing began would be kept alive after its answer and
 * hold the close up for the whole grace: answers given from then on end their connection.
 */
function addDrain(app: HttpApp): (graceMs: number) => Promise<void> {
  let draining = false;
  app.addHook("onSend", (_request, reply, payload, done) => {
    if (draining) reply.header("connection", "close");
    done(null, payload);
  });
  return async (graceMs) => {
    draining = true;
    const timer = setTimeout(() => {
      app.server.closeAllConnections();
    }, graceMs);
    try {
      await app.close();
    } finally {
      clearTimeout(timer);
    }
  };
}

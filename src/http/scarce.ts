/**
 * When half of the connections that there may be are taken: whoever is slow to say what they want
 * has less time for it, and whoever only keeps a connection open loses it, so that others get in.
 */
import type { Server } from "node:http";
import type { Log } from "../log/log.ts";

export interface ScarceOptions {
  /** Connections at once. */
  readonly connections: number;
  readonly log: Log;
  /** For head and body of a request, then. Default 5 s. */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 5_000;

export function watchConnections(server: Server, options: ScarceOptions): void {
  const { connections, log, patienceMs = PATIENCE_MS } = options;
  const { headersTimeout, keepAliveTimeout, requestTimeout } = server;
  const shorter = (ms: number): number => (ms === 0 ? patienceMs : Math.min(ms, patienceMs));
  const state = { open: 0, scarce: false };

  // Node looks at these each time when it looks for whoever is late.
  const look = (): void => {
    const scarce = state.open * 2 > connections;
    if (scarce === state.scarce) return;
    state.scarce = scarce;
    server.headersTimeout = scarce ? shorter(headersTimeout) : headersTimeout;
    server.requestTimeout = scarce ? shorter(requestTimeout) : requestTimeout;
    server.keepAliveTimeout = scarce ? shorter(keepAliveTimeout) : keepAliveTimeout;
    if (!scarce) {
      log.info({ open: state.open }, "there are connections enough again");
      return;
    }
    log.warn({ open: state.open, most: connections }, "connections are scarce: the slow are cut");
    server.closeIdleConnections();
  };

  server.on("connection", (socket) => {
    state.open += 1;
    socket.once("close", () => {
      state.open -= 1;
      look();
    });
    look();
  });
}

/**
 * `GET /metrics`, `/live` and `/ready` at an address of their own, which no proxy leads to: figures
 * are the operator's, and a process without the public server is asked here how it is.
 */
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Metrics } from "./metrics.ts";
import type { Readiness } from "./readiness.ts";

export interface MetricsListener {
  readonly port: number;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** Rejects when the port is taken. */
export async function serveMetrics(
  metrics: Metrics,
  readiness: Pick<Readiness, "answer">,
  at: { readonly host: string; readonly port: number },
): Promise<MetricsListener> {
  const pages: Readonly<Record<string, () => Promise<Answer>>> = {
    "/metrics": async () => ({
      status: 200,
      type: metrics.contentType,
      text: await metrics.text(),
    }),
    "/live": () => Promise.resolve({ status: 200, type: "text/plain", text: "live\n" }),
    "/ready": async () => {
      const { ok, json } = await readiness.answer();
      return { status: ok ? 200 : 503, type: "application/json", text: json };
    },
  };
  const server = createServer((request, response) => {
    const page = Object.hasOwn(pages, request.url ?? "") ? pages[request.url ?? ""] : undefined;
    if (request.method !== "GET" || page === undefined) {
      response.writeHead(404).end();
      return;
    }
    page().then(
      (answer) => {
        give(response, answer);
      },
      () => response.writeHead(500).end(),
    );
  });
  server.listen(at.port, at.host);
  await once(server, "listening");
  // A server that listens on TCP has such an address.
  const { port } = server.address() as AddressInfo;
  return {
    port,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function give(response: ServerResponse, { status, type, text }: Answer): void {
  response.writeHead(status, { "content-type": type }).end(text);
}

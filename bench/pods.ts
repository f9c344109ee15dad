/**
 * Thousands of pods in one process of their own. How a pod behaves is in its name: `ok…` takes
 * everything, `slow…` answers after ten seconds, `error…` with 500, `hang…` never. One that is dead
 * needs nobody: nothing listens at its port.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

export type PodsJob =
  | { readonly kind: "start" }
  /** Answered when so many posts have come to pods that take everything; before that: counted anew. */
  | { readonly kind: "await"; readonly posts: number }
  /** Ends all connections: whoever comes next is here for the first time. */
  | { readonly kind: "forget" };

export interface PodsAnswer {
  readonly port: number;
  /** Date.now() of the last of them. */
  readonly at: number;
}

const SLOW_MS = 10_000;

let posts = 0;
let wanted = Infinity;
let port = 0;

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  request.resume();
  request.once("end", () => {
    answer(request, response);
  });
});

function answer({ headers }: IncomingMessage, response: ServerResponse): void {
  const host = headers.host ?? "";
  if (host.startsWith("hang")) return;
  if (host.startsWith("slow")) {
    setTimeout(() => response.writeHead(202).end(), SLOW_MS).unref();
    return;
  }
  response.writeHead(host.startsWith("error") ? 500 : 202).end();
  if (!host.startsWith("ok")) return;
  posts += 1;
  if (posts >= wanted) tell();
}

function tell(): void {
  wanted = Infinity;
  process.send?.({ port, at: Date.now() } satisfies PodsAnswer);
}

process.on("message", (job: PodsJob) => {
  if (job.kind === "await") {
    posts = 0;
    wanted = job.posts;
    return;
  }
  if (job.kind === "forget") {
    server.closeAllConnections();
    tell();
    return;
  }
  server.listen(0, "127.0.0.1", 4_096, () => {
    const address = server.address();
    port = typeof address === "object" && address !== null ? address.port : 0;
    tell();
  });
});
process.once("disconnect", () => process.exit(0));

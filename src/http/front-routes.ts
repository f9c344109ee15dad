/**
 * The routes that belong to no room: the plain front page (diaspora*'s connection tester
 * wants 2xx for `GET /`, else the pod counts as offline), liveness, readiness, robots.txt.
 */
import { describeError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import { el } from "../xml/element.ts";
import { RETRY_AFTER_SECONDS } from "./error-reply.ts";
import { htmlPage, HTML_TYPE } from "./html.ts";
import type { Routes } from "./routes.ts";

export interface ReadyAnswer {
  readonly ok: boolean;
  readonly json: string;
}

export interface FrontOptions {
  readonly version: string;
  readonly log: Log;
  readonly ready: () => Promise<ReadyAnswer>;
}

// RFC 9309: people's pages are not for search engines; what describes the server is for anybody.
const ROBOTS = [
  "User-agent: *",
  "Allow: /$",
  "Allow: /.well-known/",
  "Allow: /nodeinfo/",
  "Disallow: /",
  "",
].join("\n");

const TEXT = "text/plain; charset=utf-8";
const JSON_TYPE = "application/json; charset=utf-8";

export function frontRoutes(options: FrontOptions): Routes {
  const front = htmlPage(
    "Diaspora-X",
    el("h1", {}, "Diaspora-X"),
    el("p", {}, "This server joins XMPP accounts and the diaspora* federation."),
    el("p", {}, `Version ${options.version}`),
  );
  return (app) => {
    app.get("/", (_request, reply) => reply.type(HTML_TYPE).send(front));
    app.get("/robots.txt", (_request, reply) => reply.type(TEXT).send(ROBOTS));
    app.get("/live", (_request, reply) => reply.type(TEXT).send("live\n"));
    app.get("/ready", async (_request, reply) => {
      const { ok, json } = await readyAnswer(options);
      if (!ok) reply.header("retry-after", String(RETRY_AFTER_SECONDS));
      return reply
        .status(ok ? 200 : 503)
        .type(JSON_TYPE)
        .send(json);
    });
  };
}

async function readyAnswer(options: FrontOptions): Promise<ReadyAnswer> {
  try {
    return await options.ready();
  } catch (error) {
    options.log.warn({ error: describeError(error) }, "the readiness check failed");
    return { ok: false, json: '{"status":"not ready"}\n' };
  }
}

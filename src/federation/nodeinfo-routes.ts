/**
 * NodeInfo (https://nodeinfo.diaspora.software): what this server is, in the three versions
 * that pods ask for. Counts only, no people.
 */
import { DxError } from "../errors/error.ts";
import { sendError } from "../http/error-reply.ts";
import { pathValue, type Routes } from "../http/routes.ts";
import {
  isNodeInfoVersion,
  nodeinfoDocument,
  nodeinfoLinks,
  type NodeInfoFacts,
} from "../salmon/discovery/nodeinfo.ts";
import type { ServedPeople } from "./ports.ts";
import type { FederationSite } from "./site.ts";

/** How old the counts may be: crawlers come often, counting costs the database. */
const USAGE_MS = 3_600_000;

type Usage = NodeInfoFacts["usage"];

export interface NodeInfoDeps {
  readonly people: Pick<ServedPeople, "usage">;
  readonly site: FederationSite;
}

export function nodeinfoRoutes(deps: NodeInfoDeps): Routes {
  const { site } = deps;
  const usage = rememberedFor(USAGE_MS, () => deps.people.usage());
  return (app) => {
    app.get("/.well-known/nodeinfo", (_request, reply) =>
      reply
        .header("access-control-allow-origin", "*")
        .type("application/json; charset=utf-8")
        .send(JSON.stringify(nodeinfoLinks(site.baseUrl))),
    );
    app.get("/nodeinfo/:version", async (request, reply) => {
      reply.header("access-control-allow-origin", "*");
      const version = pathValue(request, "version");
      if (!isNodeInfoVersion(version)) return sendError(reply, new DxError("DX_ITEM_NOT_FOUND"));
      const document = nodeinfoDocument(version, {
        software: { name: "diaspora-x", version: site.version },
        openRegistrations: site.openRegistrations,
        usage: await usage(),
      });
      const profile = `http://nodeinfo.diaspora.software/ns/schema/${version}#`;
      return reply
        .type(`application/json; profile="${profile}"; charset=utf-8`)
        .send(JSON.stringify(document));
    });
  };
}

/** Asks at most once in this time, whoever waits; a failure is not remembered. */
function rememberedFor(ms: number, ask: () => Promise<Usage>): () => Promise<Usage> {
  let answer: Promise<Usage> | null = null;
  let until = 0;
  return () => {
    if (answer === null || performance.now() >= until) {
      const asked = ask();
      asked.catch(() => {
        if (answer === asked) answer = null;
      });
      answer = asked;
      until = performance.now() + ms;
    }
    return answer;
  };
}

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
/** A count that failed may have been the database's last straw. */
const FAILURE_MS = 60_000;

type Usage = NodeInfoFacts["usage"];

export interface NodeInfoDeps {
  readonly people: Pick<ServedPeople, "usage">;
  readonly site: FederationSite;
  /** Milliseconds, by a clock that never jumps. */
  readonly now?: () => number;
}

export function nodeinfoRoutes(deps: NodeInfoDeps): Routes {
  const { site, now = () => performance.now() } = deps;
  const usage = rememberedFor(() => deps.people.usage(), now);
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

/** Asks once in a while, whoever waits; after a failure what was known is said again. */
function rememberedFor(ask: () => Promise<Usage>, now: () => number): () => Promise<Usage> {
  let answer: Promise<Usage> | null = null;
  let known: Usage | null = null;
  let until = 0;

  async function anew(): Promise<Usage> {
    try {
      known = await ask();
      return known;
    } catch (error) {
      until = now() + FAILURE_MS;
      if (known === null) throw error;
      return known;
    }
  }

  return () => {
    if (answer === null || now() >= until) {
      until = now() + USAGE_MS;
      answer = anew();
    }
    return answer;
  };
}

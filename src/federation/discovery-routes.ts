/**
 * The discovery documents of our own people (diaspora* discovery; RFC 7033, RFC 6415).
 * Unknown, closed and not opted in are one answer: 404.
 */
import { parseGuid } from "../activitystreams/ids.ts";
import type { Profile } from "../activitystreams/activity.ts";
import type { LocalPerson } from "../activitystreams/person.ts";
import { DxError } from "../errors/error.ts";
import { sendError } from "../http/error-reply.ts";
import { HTML_TYPE } from "../http/html.ts";
import {
  pathValue,
  queryValue,
  type HttpReply,
  type HttpRequest,
  type Routes,
} from "../http/routes.ts";
import { hcardHtml } from "../salmon/discovery/hcard.ts";
import { webfingerJrd } from "../salmon/discovery/webfinger.ts";
import { hostMeta, webfingerXrd } from "../salmon/discovery/xrd.ts";
import type { ServedPeople } from "./ports.ts";
import { personOfResource } from "./resource.ts";
import { DEFAULT_PHOTO_PATH, siteUrl, type FederationSite } from "./site.ts";

export interface DiscoveryDeps {
  readonly people: Pick<ServedPeople, "byId" | "byGuid" | "profileOf">;
  readonly site: FederationSite;
}

const JRD_TYPE = "application/jrd+json; charset=utf-8";
const XRD_TYPE = "application/xrd+xml; charset=utf-8";

export function discoveryRoutes(deps: DiscoveryDeps): Routes {
  const { site, people } = deps;
  const podUrl = site.baseUrl;
  const jrd = (person: LocalPerson): string => JSON.stringify(webfingerJrd({ ...person, podUrl }));
  const xrd = (person: LocalPerson): string => webfingerXrd({ ...person, podUrl });
  const webfinger =
    (parameter: string, type: string, write: (person: LocalPerson) => string) =>
    async (request: HttpRequest, reply: HttpReply): Promise<HttpReply> => {
      // RFC 7033 §5: any page may ask, errors included.
      reply.header("access-control-allow-origin", "*");
      const resource = queryValue(request, parameter);
      // RFC 7033 §4.2: without a resource the request is a bad one.
      if (resource === null || resource === "")
        return sendError(reply, new DxError("DX_BAD_REQUEST"));
      const person = await personOfResource(resource, people, site);
      if (person === null) return sendError(reply, new DxError("DX_ITEM_NOT_FOUND"));
      return reply.type(type).send(write(person));
    };
  return (app) => {
    app.get("/.well-known/webfinger", webfinger("resource", JRD_TYPE, jrd));
    // COMPAT(diaspora* 0.2 and 0.1, Python federation): the templates that they know by heart.
    app.get("/.well-known/webfinger.xml", webfinger("resource", XRD_TYPE, xrd));
    app.get("/webfinger", webfinger("q", XRD_TYPE, xrd));
    app.get("/.well-known/host-meta", (_request, reply) =>
      reply.header("access-control-allow-origin", "*").type(XRD_TYPE).send(hostMeta(podUrl)),
    );
    app.get("/hcard/users/:guid", async (request, reply) => {
      const guid = parseGuid(pathValue(request, "guid"));
      const person = guid === null ? null : await people.byGuid(guid);
      if (person === null) return sendError(reply, new DxError("DX_ITEM_NOT_FOUND"));
      return reply.type(HTML_TYPE).send(hcardOf(person, await people.profileOf(person.guid), site));
    });
  };
}

function hcardOf(person: LocalPerson, profile: Profile | null, site: FederationSite): string {
  const { large, medium, small } = profile?.photo ?? {};
  const { firstName, lastName } = profile ?? {};
  return hcardHtml({
    ...person,
    podUrl: site.baseUrl,
    photoUrl: large ?? siteUrl(site, DEFAULT_PHOTO_PATH),
    ...(medium === undefined ? {} : { photoMediumUrl: medium }),
    ...(small === undefined ? {} : { photoSmallUrl: small }),
    ...(firstName === undefined ? {} : { firstName }),
    ...(lastName === undefined ? {} : { lastName }),
    // Found by whoever knows the ID; to be listed by name is nobody's wish until it is said.
    searchable: profile?.searchable ?? false,
  });
}

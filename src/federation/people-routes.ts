/**
 * The plain pages of people, for those who follow a link: name, picture and diaspora* ID,
 * nothing else. Unknown, closed and not opted in are the same 404. And the picture of who has none.
 */
import { parseGuid } from "../activitystreams/ids.ts";
import type { LocalPerson } from "../activitystreams/person.ts";
import { DxError } from "../errors/error.ts";
import { sendError } from "../http/error-reply.ts";
import { htmlPage, HTML_TYPE } from "../http/html.ts";
import { pathValue, type HttpReply, type Routes } from "../http/routes.ts";
import { el } from "../xml/element.ts";
import { DEFAULT_PHOTO } from "./default-photo.ts";
import type { ServedPeople } from "./ports.ts";
import { personOfName } from "./resource.ts";
import { DEFAULT_PHOTO_PATH, type FederationSite } from "./site.ts";

export interface PeopleDeps {
  readonly people: Pick<ServedPeople, "byId" | "byGuid" | "profileOf">;
  readonly site: FederationSite;
}

export function peopleRoutes(deps: PeopleDeps): Routes {
  return (app) => {
    app.get("/people/:guid", async (request, reply) => {
      const guid = parseGuid(pathValue(request, "guid"));
      const person = guid === null ? null : await deps.people.byGuid(guid);
      return sendPage(reply, person, deps.people);
    });
    app.get("/u/:name", async (request, reply) =>
      sendPage(
        reply,
        await personOfName(pathValue(request, "name"), deps.people, deps.site),
        deps.people,
      ),
    );
    app.get(`/${DEFAULT_PHOTO_PATH}`, (_request, reply) =>
      reply.type("image/png").header("cache-control", "public, max-age=86400").send(DEFAULT_PHOTO),
    );
  };
}

export async function sendPage(
  reply: HttpReply,
  person: LocalPerson | null,
  people: Pick<ServedPeople, "profileOf">,
): Promise<HttpReply> {
  if (person === null) return sendError(reply, new DxError("DX_ITEM_NOT_FOUND"));
  const name = person.name === "" ? person.diasporaId : person.name;
  const photo = (await people.profileOf(person.guid))?.photo;
  const picture =
    photo === undefined
      ? []
      : [el("p", {}, el("img", { src: photo.medium, width: 100, height: 100, alt: "" }))];
  return await reply
    .type(HTML_TYPE)
    .send(htmlPage(name, el("h1", {}, name), ...picture, el("p", {}, person.diasporaId)));
}

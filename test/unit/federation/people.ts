/** Local people as the ports give them, and a server with routes on a loopback port. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import {
  bareJid,
  parseDiasporaId,
  parseGuid,
  type DiasporaId,
  type Guid,
  type Jid,
} from "../../../src/activitystreams/ids.ts";
import type { LocalPerson } from "../../../src/activitystreams/person.ts";
import type { ServedPeople } from "../../../src/federation/ports.ts";
import type { FederationSite } from "../../../src/federation/site.ts";
import type { Routes } from "../../../src/http/routes.ts";
import { buildHttpServer, type HttpServerOptions } from "../../../src/http/server.ts";
import { silentLog } from "../../../src/log/log.ts";

export function guid(text: string): Guid {
  const parsed = parseGuid(text);
  assert.ok(parsed !== null, text);
  return parsed;
}

export function diasporaId(text: string): DiasporaId {
  const parsed = parseDiasporaId(text);
  assert.ok(parsed !== null, text);
  return parsed;
}

function jid(text: string): Jid {
  const parsed = bareJid(text);
  assert.ok(parsed !== null, text);
  return parsed;
}

export const SITE: FederationSite = {
  baseUrl: "https://social.example.org/",
  idHosts: ["example.org", "other.example"],
  version: "1.2.3",
  openRegistrations: true,
};

export const BOB_GUID = "0123456789abcdef0123456789abcdef";

export function localPerson(publicKeyPem: string, changes: Partial<LocalPerson> = {}): LocalPerson {
  return {
    jid: jid("bob@example.org"),
    diasporaId: diasporaId("bob@example.org"),
    guid: guid(BOB_GUID),
    publicKeyPem,
    name: "Bob <b>Baumeister</b> & Co",
    ...changes,
  };
}

export function served(...people: readonly LocalPerson[]): ServedPeople {
  return {
    byId: (id) => Promise.resolve(people.find((person) => person.diasporaId === id) ?? null),
    byGuid: (wanted) => Promise.resolve(people.find((person) => person.guid === wanted) ?? null),
    profileOf: () => Promise.resolve(null),
    usage: () => Promise.resolve({ people: people.length, posts: 7 }),
  };
}

/** Starts the one server with these routes; resolves with its origin. */
export async function serve(
  t: TestContext,
  routes: readonly Routes[],
  options: Partial<HttpServerOptions> = {},
): Promise<string> {
  const server = await buildHttpServer(
    {
      version: "1.2.3",
      log: silentLog,
      ready: () => Promise.resolve({ ok: true, json: "{}" }),
      ...options,
    },
    routes,
  );
  const port = await server.listen("127.0.0.1", 0);
  t.after(() => server.close(0));
  return `http://127.0.0.1:${String(port)}`;
}

/**
 * Pods on a loopback server, each under its own name, with somebody who lives there; what is
 * received is opened by the code under test, which fetches from them.
 */
import assert from "node:assert/strict";
import type { IncomingMessage as Request, ServerResponse } from "node:http";
import { after, type TestContext } from "node:test";
import type { DiasporaId, Guid } from "../../../src/activitystreams/ids.ts";
import type { RemotePerson } from "../../../src/activitystreams/person.ts";
import { DxError } from "../../../src/errors/error.ts";
import { createFetcher, type FetcherOptions } from "../../../src/federation/fetch.ts";
import {
  processIncoming,
  type IncomingDeps,
  type IncomingResult,
} from "../../../src/federation/incoming.ts";
import type { IncomingMessage, PostFacts } from "../../../src/federation/ports.ts";
import { createGuardedHttp, type GuardedHttp } from "../../../src/http/client.ts";
import { silentLog } from "../../../src/log/log.ts";
import { createDecryptPool } from "../../../src/salmon/decrypt-pool.ts";
import { makeEntity, type Raw } from "../../../src/salmon/entities/complete.ts";
import type { EntityName } from "../../../src/salmon/entities/entity.ts";
import { writeEntity } from "../../../src/salmon/entities/write.ts";
import { generateKeyPair } from "../../../src/salmon/keys.ts";
import { sealEnvelope } from "../../../src/salmon/magic-envelope.ts";
import { loopbackServer } from "../http/loopback-server.ts";
import { diasporaId, guid, localPerson, served, SITE } from "./people.ts";

export interface PodPerson extends RemotePerson {
  readonly privateKeyPem: string;
}

async function podPerson(name: string, host: string): Promise<PodPerson> {
  const { privatePem, publicPem } = await generateKeyPair(1024);
  return {
    diasporaId: diasporaId(`${name}@${host}`),
    guid: guid(Buffer.from(name.padEnd(16, "x")).toString("hex")),
    publicKeyPem: publicPem,
    privateKeyPem: privatePem,
    podUrl: `https://${host}/`,
    name,
  };
}

export const alice = await podPerson("alice", "pod.example");
export const carol = await podPerson("carol", "far.example");
export const mallory = await podPerson("mallory", "evil.example");
const bobKeys = await generateKeyPair(1024);
export const bob = localPerson(bobKeys.publicPem);
const PEOPLE: readonly RemotePerson[] = [alice, carol, mallory];
const pool = createDecryptPool({ threads: 1 });
after(() => pool.close());

export const NOW = new Date("2026-11-21T12:00:00Z");

/** The nth GUID of a test. */
export function nth(number: number): Guid {
  return guid(number.toString(16).padStart(32, "e"));
}

export function entity(type: EntityName, raw: Raw): string {
  return writeEntity(makeEntity(type, raw, NOW));
}

export function post(author: DiasporaId, postGuid: Guid, more: Raw = {}): string {
  return entity("status_message", { author, guid: postGuid, public: true, text: "Hi", ...more });
}

export function reshare(author: DiasporaId, postGuid: Guid, root: DiasporaId, of: Guid): string {
  return entity("reshare", { author, guid: postGuid, root_author: root, root_guid: of });
}

/** By the author of what it is about, so that no signature inside is needed. */
export function comment(author: DiasporaId, parent: Guid): string {
  return entity("comment", { author, guid: nth(0xc0), parent_guid: parent, text: "So it is" });
}

export function sealed(
  payload: string,
  by: { readonly diasporaId: DiasporaId; readonly privateKeyPem: string },
): Promise<string> {
  return sealEnvelope(payload, by.diasporaId, by.privateKeyPem);
}

export const bobSeals = { diasporaId: bob.diasporaId, privateKeyPem: bobKeys.privatePem };

export type Handler = (request: Request, response: ServerResponse) => void;

export interface FetchBench {
  readonly deps: IncomingDeps;
  readonly http: GuardedHttp;
  /** `host/path`, each as it was asked for. */
  readonly asked: string[];
  /** What was put to the inbox. */
  readonly kept: IncomingMessage[];
  /** `host/path` → a body, or what answers. */
  readonly pages: Map<string, string | Handler>;
  /** What the store knows. */
  readonly known: Map<string, PostFacts>;
  /** Gets this as if it had been POSTed to /receive/public. */
  receive(envelope: string): Promise<IncomingResult>;
}

export async function fetchBench(
  t: TestContext,
  changes: Partial<FetcherOptions> = {},
): Promise<FetchBench> {
  const asked: string[] = [];
  const kept: IncomingMessage[] = [];
  const pages = new Map<string, string | Handler>();
  const known = new Map<string, PostFacts>();
  const server = await loopbackServer(t, (request, response) => {
    const place = `${request.headers.host ?? ""}${request.url ?? ""}`;
    asked.push(place);
    const page = pages.get(place);
    if (typeof page === "function") page(request, response);
    else response.writeHead(page === undefined ? 404 : 200).end(page ?? "");
  });
  const place = { address: "127.0.0.1", port: server.port };
  const http = createGuardedHttp({
    version: "1.2.3",
    names: new Map(PEOPLE.map(({ podUrl }) => [new URL(podUrl).host, place])),
    resolve: () => Promise.resolve([{ address: "192.168.0.1", family: 4 }]),
  });
  t.after(() => http.close());
  const person = (id: DiasporaId): RemotePerson => {
    const found = PEOPLE.find((one) => one.diasporaId === id);
    if (found === undefined) throw new DxError("DX_PERSON_NOT_FOUND");
    return found;
  };
  const fetcher = createFetcher({
    http,
    podOf: (id) => Promise.resolve().then(() => person(id).podUrl),
    inbox: {
      add: (message) => {
        kept.push(message);
        return Promise.resolve();
      },
    },
    idHosts: SITE.idHosts,
    maxBytes: 64 * 1024,
    timeoutMs: 1_000,
    ...changes,
  });
  const deps: IncomingDeps = {
    local: served(bob),
    idHosts: SITE.idHosts,
    remote: {
      known: (id) => Promise.resolve(PEOPLE.find((one) => one.diasporaId === id) ?? null),
      remember: (one) => Promise.resolve(one),
    },
    discover: (id) => Promise.resolve().then(() => person(id)),
    keys: { of: () => Promise.resolve(null) },
    decrypt: (body, key) => pool.decrypt(body, key),
    known: {
      facts: (key, wanted) => Promise.resolve(known.get(`${key} ${wanted}`) ?? null),
      comment: () => Promise.resolve(null),
    },
    fetcher,
    log: silentLog,
    now: () => NOW,
  };
  return {
    deps,
    http,
    asked,
    kept,
    pages,
    known,
    receive: (envelope) =>
      processIncoming(
        { kind: "public", recipient: null, body: Buffer.from(envelope), claimedHost: "x" },
        deps,
      ),
  };
}

/** Bodies of what was kept, in order. */
export function bodies(bench: FetchBench): string[] {
  return bench.kept.map(({ body }) => body.toString());
}

/** For what goes on beside a message: until nothing is asked any more. */
export async function settled(bench: FetchBench): Promise<void> {
  for (let quiet = 0, seen = -1; quiet < 5; quiet += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    const now = bench.asked.length + bench.kept.length;
    if (now !== seen) quiet = 0;
    seen = now;
  }
}

export function expectKept(bench: FetchBench, ...expected: readonly string[]): void {
  assert.deepEqual(bodies(bench), expected);
  for (const message of bench.kept) {
    assert.deepEqual([message.kind, message.recipient], ["public", null]);
  }
}

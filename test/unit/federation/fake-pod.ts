/**
 * A pod with one person, on a real loopback server: its documents are written out here, as
 * diaspora* 0.9 writes them, and not by the code under test.
 */
import type { TestContext } from "node:test";
import { createGuardedHttp, type GuardedHttp } from "../../../src/http/client.ts";
import { loopbackServer, type LoopbackServer } from "../http/loopback-server.ts";

export const ALICE = "alice@pod.example";
export const ALICE_GUID = "7dae6fe029d3013a8ab000155d0b3a1b";

export interface Page {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export type Pages = Readonly<Record<string, Page | string>>;

export interface FakePod {
  readonly http: GuardedHttp;
  readonly server: LoopbackServer;
  /** Paths that were asked for, in order. */
  readonly asked: string[];
}

/** Serves these pages under the names pod.example and cards.example. */
export async function fakePod(t: TestContext, pages: Pages): Promise<FakePod> {
  const asked: string[] = [];
  const server = await loopbackServer(t, (request, response) => {
    const path = decodeURIComponent(request.url ?? "");
    asked.push(path);
    const found = pages[path] ?? { status: 404 };
    const page = typeof found === "string" ? { body: found } : found;
    response.writeHead(page.status ?? 200, page.headers ?? {}).end(page.body ?? "");
  });
  const place = { address: "127.0.0.1", port: server.port };
  const http = createGuardedHttp({
    version: "1.2.3",
    names: new Map([
      ["pod.example", place],
      ["cards.example", place],
    ]),
    resolve: () => Promise.resolve([{ address: "192.168.0.1", family: 4 }]),
  });
  t.after(() => http.close());
  return { http, server, asked };
}

export const JRD_PATH = `/.well-known/webfinger?resource=acct:${ALICE}`;
export const HCARD_PATH = `/hcard/users/${ALICE_GUID}`;

export function jrd(changes: { subject?: string; hcard?: string; seed?: string } = {}): string {
  return JSON.stringify({
    subject: changes.subject ?? `acct:${ALICE}`,
    aliases: [`https://pod.example/people/${ALICE_GUID}`],
    links: [
      {
        rel: "http://microformats.org/profile/hcard",
        type: "text/html",
        href: changes.hcard ?? `https://pod.example${HCARD_PATH}`,
      },
      {
        rel: "http://joindiaspora.com/seed_location",
        type: "text/html",
        href: changes.seed ?? "https://pod.example/",
      },
    ],
  });
}

export function xrd(): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">',
    `  <Subject>acct:${ALICE}</Subject>`,
    '  <Link rel="http://microformats.org/profile/hcard" type="text/html"',
    `    href="https://pod.example${HCARD_PATH}"/>`,
    '  <Link rel="http://joindiaspora.com/seed_location" type="text/html" href="https://pod.example/"/>',
    "</XRD>",
  ].join("\n");
}

export function hostMeta(template: string | null): string {
  const link =
    template === null ? "" : `<Link rel="lrdd" type="application/xrd+xml" template="${template}"/>`;
  return `<?xml version="1.0"?><XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">${link}</XRD>`;
}

export function hcard(publicKeyPem: string, guid = ALICE_GUID): string {
  const photo = (size: string): string =>
    `<dl class="entity_photo${size}"><dd><img class="photo" src="/uploads/alice.png"></dd></dl>`;
  return [
    "<!DOCTYPE html><html><head><title>Alice</title></head><body>",
    `<span class="uid">${guid}</span><span class="nickname">alice</span>`,
    '<span class="fn">Alice Älfrun</span><span class="searchable">true</span>',
    `<pre class="key">${publicKeyPem}</pre>`,
    '<span class="given_name">Alice</span><span class="family_name">Älfrun</span>',
    photo(""),
    photo("_medium"),
    photo("_small"),
    "</body></html>",
  ].join("\n");
}

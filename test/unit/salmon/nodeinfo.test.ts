import assert from "node:assert/strict";
import { test } from "node:test";
import Ajv from "ajv-draft-04";
import fc from "fast-check";
import {
  NODEINFO_VERSIONS,
  nodeinfoDocument,
  nodeinfoLinks,
  parseNodeinfo,
  parseNodeinfoLinks,
  type NodeInfoFacts,
} from "../../../src/salmon/discovery/nodeinfo.ts";
import { nodeinfoSchema } from "./nodeinfo-schema.ts";
import { codeOf } from "./people.ts";

const ajv = new Ajv.default({ allErrors: true });
const facts: NodeInfoFacts = {
  software: {
    name: "diaspora-x",
    version: "1.2.3",
    repository: "https://x.example/git",
    homepage: "https://x.example/",
  },
  openRegistrations: false,
  usage: { people: 2, posts: 3 },
};

for (const version of NODEINFO_VERSIONS) {
  const validate = ajv.compile(nodeinfoSchema(version));
  const faultsOf = (document: unknown): string => {
    // What counts is what is sent.
    const sent: unknown = JSON.parse(JSON.stringify(document));
    return validate(sent) ? "" : ajv.errorsText(validate.errors);
  };

  test(`NodeInfo ${version} is valid against its schema, whatever the facts are`, () => {
    const count = fc.nat();
    const anyFacts: fc.Arbitrary<NodeInfoFacts> = fc.record(
      {
        software: fc.record(
          {
            name: fc.oneof(
              fc.stringMatching(/^[a-z0-9-]{1,30}$/),
              fc.constantFrom("diaspora", "friendica", "diaspora-x"),
            ),
            version: fc.string(),
            repository: fc.webUrl(),
            homepage: fc.webUrl(),
          },
          { requiredKeys: ["name", "version"] },
        ),
        openRegistrations: fc.boolean(),
        usage: fc.record({ people: count, posts: count }),
        metadata: fc.dictionary(fc.string(), fc.jsonValue()),
      },
      { requiredKeys: ["software", "openRegistrations", "usage"] },
    );
    fc.assert(
      fc.property(anyFacts, (made) => {
        assert.equal(faultsOf(nodeinfoDocument(version, made)), "");
      }),
    );
  });

  test(`what NodeInfo ${version} forbids is found out by its schema`, () => {
    const document = nodeinfoDocument(version, facts);
    for (const change of [
      { version: "3.0" },
      { software: { name: "Diaspora X", version: "1" } },
      { protocols: ["smoke signals"] },
      { usage: {} },
      { usage: { users: { total: -1 } } },
      { metadata: undefined },
      { more: true },
    ]) {
      assert.notEqual(faultsOf({ ...document, ...change }), "", JSON.stringify(change));
    }
  });
}

test("since 2.0 a server has its own name; in 1.0, which has three, its version tells it", () => {
  const softwareOf = (version: "1.0" | "2.0" | "2.1"): unknown =>
    nodeinfoDocument(version, facts)["software"];
  assert.deepEqual(softwareOf("1.0"), { name: "diaspora", version: "1.2.3 (diaspora-x)" });
  assert.deepEqual(softwareOf("2.0"), { name: "diaspora-x", version: "1.2.3" });
  assert.deepEqual(softwareOf("2.1"), facts.software);
});

test("NodeInfo says which protocols are spoken, and how many people and posts there are", () => {
  assert.deepEqual(nodeinfoDocument("2.0", facts), {
    version: "2.0",
    software: { name: "diaspora-x", version: "1.2.3" },
    protocols: ["diaspora", "xmpp"],
    services: { inbound: [], outbound: [] },
    openRegistrations: false,
    usage: { users: { total: 2 }, localPosts: 3 },
    metadata: {},
  });
});

test("the highest version is found among the links, and odd links are passed over", () => {
  const podUrl = "https://pod.example/";
  const { links } = nodeinfoLinks(podUrl);
  const urlIn = (some: readonly unknown[]): string | null =>
    parseNodeinfoLinks(JSON.stringify({ links: some }));
  assert.equal(urlIn(links), `${podUrl}nodeinfo/2.1`);
  assert.equal(urlIn([links[1], links[0]]), `${podUrl}nodeinfo/2.0`);
  assert.equal(
    urlIn([{ rel: links[2]?.rel }, { href: "x" }, { rel: 1 }, {}, links[0]]),
    `${podUrl}nodeinfo/1.0`,
  );
  assert.equal(
    urlIn([{ rel: "http://nodeinfo.diaspora.software/ns/schema/9.9", href: "x" }]),
    null,
  );
  assert.equal(urlIn([]), null);
});

const SOFTWARE: readonly [document: string, expected: string][] = [
  ['{"software":{"name":"diaspora","version":"0.6.9.0"}}', "diaspora 0.6.9.0"],
  ['{"software":{"name":"hubzilla"}}', "hubzilla "],
  ['{"software":{"name":"hubzilla","version":null}}', "hubzilla "],
  ['{"software":{"__proto__":{"name":"x","version":"1"}}}', "DX_DISCOVERY_DOCUMENT"],
  ['{"software":{"name":1,"version":"x"}}', "DX_DISCOVERY_DOCUMENT"],
  [`{"software":{"name":"${"x".repeat(256)}","version":""}}`, "DX_DISCOVERY_DOCUMENT"],
  ['{"software":[]}', "DX_DISCOVERY_DOCUMENT"],
  ["[]", "DX_DISCOVERY_DOCUMENT"],
  ["", "DX_DISCOVERY_DOCUMENT"],
  [" ".repeat((1 << 20) + 1), "DX_DISCOVERY_DOCUMENT"],
];

for (const [document, expected] of SOFTWARE) {
  test(`${document.trim().slice(0, 60)} tells ${expected}`, async () => {
    let found = "";
    const code = await codeOf(() => {
      const { name, version } = parseNodeinfo(document);
      found = `${name} ${version}`;
    });
    assert.equal(code === "no error" ? found : code, expected);
  });
}

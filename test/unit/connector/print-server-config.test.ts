import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { serverConfigSnippet } from "../../../src/connector/print-server-config.ts";
import { isDxError } from "../../../src/errors/error.ts";

const CONFIG = {
  componentDomain: "dx.example.org",
  port: 5347,
  secret: 'put "it" here',
  domains: ["example.org", "example.net"],
};

test("the ejabberd part is YAML that names listener, secret and what the feed needs", () => {
  const text = serverConfigSnippet("ejabberd", CONFIG);
  const read: unknown = parse(text);
  assert.deepEqual(read, {
    listen: [
      {
        port: 5347,
        ip: "127.0.0.1",
        module: "ejabberd_service",
        global_routes: false,
        max_fsm_queue: 20000,
        hosts: { "dx.example.org": { password: 'put "it" here' } },
      },
    ],
    modules: {
      mod_muc: {},
      mod_ping: {},
      mod_caps: {},
      mod_pubsub: {
        plugins: ["flat", "pep"],
        hosts: ["pubsub.@HOST@", "comments.@HOST@"],
        max_items_node: 1000,
        force_node_config: {
          "urn:xmpp:microblog:0*": {
            presence_based_delivery: false,
            notify_retract: true,
            notify_delete: true,
            send_last_published_item: "never",
            itemreply: "publisher",
            max_items: 1000,
          },
        },
      },
    },
  });
});

test("the Prosody part has a host for each domain and the component last", () => {
  const text = serverConfigSnippet("prosody", CONFIG);
  assert.match(text, /VirtualHost "example\.org"\n[^]*VirtualHost "example\.net"\n/);
  assert.match(text, /disco_items = \{ \{ "dx\.example\.org", "diaspora\*" \} \}/);
  assert.ok(
    text.endsWith('Component "dx.example.org"\n  component_secret = "put \\"it\\" here"\n'),
  );
});

test("the Openfire part names the sub-domain, and refuses a component elsewhere", () => {
  assert.match(serverConfigSnippet("openfire", CONFIG), /sub-domain dx, shared secret/);
  for (const domains of [["other.org"], ["dx.example.org"], ["ample.org"]]) {
    assert.throws(
      () => serverConfigSnippet("openfire", { ...CONFIG, domains }),
      (error) => isDxError(error, "DX_BAD_REQUEST"),
    );
  }
});

for (const bad of ['x" }\nlog = "/etc/passwd', "a b.org", "", "Example.org"]) {
  test(`a domain like ${JSON.stringify(bad)} never reaches a configuration`, () => {
    for (const server of ["ejabberd", "prosody", "openfire"] as const) {
      assert.throws(() => serverConfigSnippet(server, { ...CONFIG, componentDomain: bad }));
      assert.throws(() => serverConfigSnippet(server, { ...CONFIG, domains: [bad] }));
    }
  });
}

/** XEP-0055, and who runs the gateway. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { componentCardHandler, contactForm } from "../../../src/connector/component-card.ts";
import { createRouter } from "../../../src/connector/router.ts";
import { searchHandlers } from "../../../src/connector/search.ts";
import { silentLog } from "../../../src/log/log.ts";
import { child, childrenNamed, childText, type XmlElement } from "../../../src/xml/element.ts";
import { readXml } from "../../../src/xml/reader.ts";
import { serialise } from "../../../src/xml/serialise.ts";
import { jid } from "../../support/fixtures.ts";
import { DOMAIN } from "./support.ts";

function bench(found = 1) {
  const sent: XmlElement[] = [];
  const searched: string[] = [];
  const router = createRouter({
    domain: DOMAIN,
    log: silentLog,
    send: (stanza) => {
      sent.push(stanza);
      return Promise.resolve();
    },
  });
  const people = Array.from({ length: found }, () => ({
    jid: jid(`bob\\40pod.example@${DOMAIN}`),
    name: "Bob <b>",
    diasporaId: "bob@pod.example",
  }));
  router.add(
    searchHandlers({
      search: (text, asker) => {
        searched.push(`${asker} ${text}`);
        return Promise.resolve(people);
      },
    }),
  );
  router.add([
    componentCardHandler({
      name: "diaspora*",
      description: "A gateway",
      url: "https://dx.example/",
    }),
  ]);
  const ask = async (type: string, content: string): Promise<XmlElement> => {
    sent.length = 0;
    await router.handle(
      readXml(
        `<iq type="${type}" id="1" from="alice@example.org/a" to="${DOMAIN}">${content}</iq>`,
      ),
    );
    const [reply] = sent;
    assert.ok(reply);
    return reply;
  };
  return { ask, searched, features: () => router.features("component") };
}

const NS = "jabber:iq:search";

test("what can be searched for is shown as fields of old and as a form", async () => {
  const { ask, features } = bench();
  const query = child(await ask("get", `<query xmlns="${NS}"/>`), "query", NS);
  assert.ok(child(query, "instructions") && child(query, "nick"));
  const form = child(query, "x", "jabber:x:data");
  assert.ok(form);
  assert.deepEqual(
    childrenNamed(form, "field").map((field) => field.attrs["var"]),
    ["FORM_TYPE", "nick"],
  );
  assert.ok(features().includes(NS) && features().includes("vcard-temp"));
});

test("clients of old get items, clients with forms a table", async () => {
  const { ask, searched } = bench();
  const old = await ask("set", `<query xmlns="${NS}"><first>Bob</first></query>`);
  assert.equal(
    serialise(child(old, "query") ?? old),
    `<query xmlns="${NS}"><item jid="bob\\40pod.example@${DOMAIN}"><nick>Bob &lt;b&gt;</nick><email>bob@pod.example</email></item></query>`,
  );
  const table = await ask(
    "set",
    `<query xmlns="${NS}"><x xmlns="jabber:x:data" type="submit"><field var="nick"><value> bob@pod.example </value></field></x></query>`,
  );
  const x = child(child(table, "query"), "x");
  assert.ok(x);
  assert.equal(x.attrs["type"], "result");
  const columns = childrenNamed(child(x, "reported") ?? x, "field");
  assert.deepEqual(
    columns.map((column) => column.attrs["var"]),
    ["jid", "nick", "id"],
  );
  const [row] = childrenNamed(x, "item");
  assert.ok(row);
  assert.deepEqual(
    childrenNamed(row, "field").map((field) => childText(field, "value")),
    [`bob\\40pod.example@${DOMAIN}`, "Bob <b>", "bob@pod.example"],
  );
  assert.deepEqual(searched, ["alice@example.org Bob", "alice@example.org bob@pod.example"]);
});

test("a search for nothing or for a book is refused, and an answer has an end", async () => {
  const { ask, searched } = bench(1_000);
  for (const text of ["", "  ", "x".repeat(256)]) {
    const reply = await ask("set", `<query xmlns="${NS}"><nick>${text}</nick></query>`);
    assert.equal(reply.attrs["type"], "error");
  }
  assert.deepEqual(searched, []);
  const many = child(await ask("set", `<query xmlns="${NS}"><nick>b</nick></query>`), "query");
  assert.equal(childrenNamed(many ?? (await ask("get", "")), "item").length, 50);
});

test("the gateway has a card of its own (XEP-0054)", async () => {
  const { ask } = bench();
  const card = child(await ask("get", `<vCard xmlns="vcard-temp"/>`), "vCard");
  assert.deepEqual(
    ["FN", "DESC", "URL"].map((name) => childText(card, name)),
    ["diaspora*", "A gateway", "https://dx.example/"],
  );
});

test("who runs it is named in a form (XEP-0157), or nobody is", () => {
  assert.deepEqual(contactForm({ abuse: ["mailto:a@example.org"], admin: [] }), {
    formType: "http://jabber.org/network/serverinfo",
    fields: { "abuse-addresses": ["mailto:a@example.org"] },
  });
  assert.equal(contactForm({ abuse: [] }), null);
});

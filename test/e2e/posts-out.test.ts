/**
 * Must show 4: what people publish in their own node reaches the pods of their contacts,
 * once, signed, with its words as they were; and nothing else does. On a real ejabberd,
 * with the operator's `force_node_config` and without.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { pause, until, type TestClient } from "../support/e2e-client.ts";
import { postArrived, postCounts, seenPosts, shareWith } from "../support/e2e-posts.ts";
import { configureNode, optIn, publish, type Style } from "../support/e2e-social.ts";
import { COMPONENT, DOMAIN, startWorld, type World } from "../support/e2e-world.ts";
import { hostOfPerson, newPerson, vectorPerson } from "../support/peer-person.ts";

const alice = vectorPerson("alice");
const alma = newPerson("alma@pod-a.example", 1024);
const carol = vectorPerson("carol");
const POD_A = hostOfPerson(alice);
const POD_C = hostOfPerson(carol);
/** Long enough for anything that is on its way to arrive. */
const QUIET_MS = 1_000;

const TEXTS: readonly (readonly [string, string])[] = [
  ["umlauts", "Grüße aus Köln: äöüß ÄÖÜẞ — „Anführung“ & <kein Tag>"],
  ["emoji beyond the BMP", "👩‍👩‍👧‍👦 🏳️‍🌈 👋🏽 𝔘𝔫𝔦 אבג"],
  ["60 kB of three-byte characters", "€uro ☂ ".repeat(4_200).trim()],
  ["Markdown of several paragraphs", "# A heading\n\nsome **bold** words\n\n* one\n* two"],
  ["what looks like XML and envelopes", "]]> &amp; <me:env> <!DOCTYPE x> %26 &#x41;"],
];

for (const forceNodeConfig of [true, false]) {
  describe(`with${forceNodeConfig ? "" : "out"} force_node_config`, () => {
    let world: World;
    let anna: TestClient;

    before(async () => {
      world = await startWorld({ people: [alice, alma, carol], forceNodeConfig });
      anna = await world.connect("anna");
    });
    after(async () => {
      await world.close();
    });

    test("a post from before the opting in stays home, one after it goes out", async () => {
      const early = "written before anybody asked";
      await publish(anna, { text: early, at: new Date(Date.now() - 60_000) });
      await optIn(anna, COMPONENT);
      for (const person of [alice, alma, carol]) await shareWith(world, person, anna);
      await publish(anna, { text: "the first for everybody" });
      await postArrived(world.peer, POD_A, "the first for everybody");
      await pause(QUIET_MS);
      const texts = (await seenPosts(world.peer)).map(({ opened }) => opened.values["text"]);
      assert.ok(!texts.includes(early));
    });

    for (const [what, text] of TEXTS) {
      test(`a post with ${what} reaches each pod with its author and its very words`, async () => {
        const at = new Date(Date.now() - 5_000);
        await publish(anna, { text, at });
        for (const host of [POD_A, POD_C]) {
          const { receipt, opened } = await postArrived(world.peer, host, text);
          assert.equal(receipt.path, "/receive/public");
          assert.equal(receipt.headers["content-type"], "application/magic-envelope+xml");
          assert.equal(opened.name, "status_message");
          assert.equal(opened.sender, `anna@${DOMAIN}`);
          assert.equal(opened.values["author"], `anna@${DOMAIN}`);
          assert.equal(opened.values["public"], "true");
          assert.match(opened.values["guid"] ?? "", /^[0-9A-Za-z\-_@.:]{15,254}[0-9A-Za-z]$/);
          const seconds = at.toISOString().replace(/\.\d+Z$/, "Z");
          assert.equal(opened.values["created_at"], seconds);
        }
      });
    }

    for (const style of ["short", "movim"] satisfies Style[]) {
      test(`the very first post of a new account goes out (options: ${style})`, async () => {
        const client = await world.connect(`new-${style}`);
        await optIn(client, COMPONENT);
        await shareWith(world, alice, client);
        const text = `my very first post, ${style}`;
        const { ways } = await publish(client, { text }, "open", style);
        // ejabberd 23.01 refuses Movim's options, so it takes three steps; 24.12 takes them.
        assert.ok(
          style === "movim" ? [1, 3].includes(ways.length) : ways.length === 1,
          ways.join(", "),
        );
        const { opened } = await postArrived(world.peer, POD_A, text);
        assert.equal(opened.values["author"], `new-${style}@${DOMAIN}`);
        // Such a node may hold one item: that the first is pushed out is no retraction.
        await publish(client, { text: `${text}, and the second` }, "open", style);
        await postArrived(world.peer, POD_A, `${text}, and the second`);
      });
    }

    test("a private post reaches nobody, its author is told once, and opened it goes out", async () => {
      const clara = await world.connect("clara");
      await optIn(clara, COMPONENT);
      await shareWith(world, alice, clara);
      await publish(clara, { text: "not for everybody", id: "private-1" }, "presence");
      const notice = await until("told", () =>
        clara.messages.find(({ from }) => from.startsWith(COMPONENT)),
      );
      assert.match(notice.body, /open/);
      await publish(clara, { text: "not for everybody either" }, "presence");
      await pause(QUIET_MS);
      assert.equal(clara.messages.length, 1, "the notice is said once");
      const before = await seenPosts(world.peer);
      assert.ok(!before.some(({ opened }) => opened.values["author"] === clara.bare));

      assert.equal(await configureNode(clara, "open"), "set");
      await pause(QUIET_MS);
      const still = await seenPosts(world.peer);
      assert.ok(
        !still.some(({ opened }) => opened.values["author"] === clara.bare),
        "opening the node alone lets nothing out that was written in private",
      );
      await publish(clara, { text: "not for everybody", id: "private-1" });
      await postArrived(world.peer, POD_A, "not for everybody");
      assert.equal(clara.messages.length, 1);
    });

    test("the same item published again is no second post", async () => {
      const post = { text: "published twice", id: "twice", at: new Date() };
      await publish(anna, post);
      await postArrived(world.peer, POD_A, post.text);
      await publish(anna, post);
      await pause(QUIET_MS);
      const seen = (await seenPosts(world.peer)).filter(
        ({ opened, receipt }) => opened.values["text"] === post.text && receipt.host === POD_A,
      );
      assert.equal(seen.length, 1);
    });

    test("posts written while the daemon was down arrive after its restart", async () => {
      assert.equal(await world.daemon.stop(), 0, "SIGTERM is a clean end");
      const texts = [1, 2, 3].map((count) => `while it was down, ${String(count)}`);
      for (const text of texts) await publish(anna, { text });
      await world.restartDaemon();
      for (const text of texts) await postArrived(world.peer, POD_A, text, 30_000);
      const order = (await seenPosts(world.peer))
        .filter(({ receipt }) => receipt.host === POD_A)
        .map(({ opened }) => opened.values["text"])
        .filter((text) => text?.startsWith("while it was down"));
      assert.deepEqual(order, texts);
    });

    test("every pod got every post once, and nothing but posts", async () => {
      await pause(QUIET_MS);
      const names = (await seenPosts(world.peer)).map(({ opened }) => opened.name);
      const posts = names.filter((name) => name !== "profile");
      assert.deepEqual([...new Set(posts)], ["status_message"]);
      const counts = await postCounts(world.peer);
      assert.ok(counts.size > 10);
      for (const [key, count] of counts) assert.equal(count, 1, key);
    });

    test("a post written while the daemon was dead arrives; what it was just sending may come again", async () => {
      await world.daemon.kill();
      await publish(anna, { text: "while it was dead" });
      await world.restartDaemon();
      await postArrived(world.peer, POD_A, "while it was dead", 30_000);
    });
  });
}

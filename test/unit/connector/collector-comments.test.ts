/** Comments in the node that the client of a post's author keeps. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { el } from "../../../src/xml/element.ts";
import { jid } from "../../support/fixtures.ts";
import {
  BELOW,
  BOB,
  collectorBench,
  COMMENTS,
  DOMAIN,
  entry,
  EVE,
  NODE,
  repliesLink,
  type CollectorBench,
} from "./collector-bench.ts";
import { SERVERS, type Habits } from "./fake-pep.ts";

const EJABBERD = SERVERS["ejabberd with presence_based_delivery: false"];

/** Bob has posted, and keeps the comments on his server's service. */
async function discussed(
  t: TestContext,
  habits: Habits = EJABBERD,
  setUp: (bench: CollectorBench) => void = () => undefined,
): Promise<CollectorBench> {
  const bench = await collectorBench(t, habits);
  bench.server.configure(COMMENTS, BELOW, {});
  setUp(bench);
  bench.post("first", "Hello", [repliesLink(COMMENTS, BELOW)]);
  await bench.until(() => bench.server.asked.includes(`${DOMAIN} items ${BELOW}`));
  await bench.looked();
  bench.told.length = 0;
  bench.dropped.length = 0;
  return bench;
}

suite("comments in an author's own node", { concurrency: 4 }, () => {
  test("the node of a post is subscribed to and read, then its events are taken, once each", async (t) => {
    const bench = await discussed(t, EJABBERD, ({ comment }) => {
      comment(EVE, "c0", "I was first");
    });
    bench.comment(EVE, "c1", "Well said");
    bench.comment(BOB, "c2", "♥");
    bench.server.repeat(COMMENTS, BELOW);
    await bench.until(() => bench.told.length >= 2);
    await bench.hurry();
    const expected = [`comment ${EVE} c1 Well said`, `comment ${BOB} c2 ♥`];
    assert.deepEqual(
      bench.told.filter((line) => !line.includes("c0")),
      expected,
    );
    assert.ok(bench.server.asked.includes(`${DOMAIN} subscribe ${BELOW}`));
  });

  test("pitfall 46: whoever published it said it, whatever the entry says", async (t) => {
    const bench = await discussed(t);
    const author = el("author", {}, el("name", {}, "Bob"), el("uri", {}, `xmpp:${BOB}`));
    const item = { id: "c1", publisher: EVE, payload: entry("I am Bob", [author]) };
    bench.server.publish(COMMENTS, BELOW, item);
    await bench.until(() => bench.told.length === 1);
    assert.deepEqual(bench.told, [`comment ${EVE} c1 I am Bob`]);
  });

  test("pitfall 27: other words under the same name are told again", async (t) => {
    const bench = await discussed(t);
    bench.comment(EVE, "c1", "Well said");
    bench.comment(EVE, "c1", "Well, said");
    await bench.until(() => bench.told.length === 2);
    assert.deepEqual(bench.told, [`comment ${EVE} c1 Well said`, `comment ${EVE} c1 Well, said`]);
  });

  test("pitfall 25: somebody else's item of a known name is ignored", async (t) => {
    const bench = await discussed(t);
    bench.comment(EVE, "c1", "Well said");
    bench.comment(BOB, "c1", "I never said that");
    await bench.until(() => bench.dropped.length === 1);
    assert.deepEqual(bench.told, [`comment ${EVE} c1 Well said`]);
    assert.deepEqual(bench.dropped, ["overwritten"]);
  });

  test("pitfall 24: without a publisher, or with one whom the service cannot know, nobody spoke", async (t) => {
    const none = await discussed(t, SERVERS.Openfire);
    none.comment(EVE, "c1", "Who?");
    await none.until(() => none.dropped.includes("unverified"));
    assert.deepEqual(none.told, []);
    const foreign = await discussed(t);
    for (const address of ["eve@elsewhere.example", "eve@sexample.org", "eve@ents.example.org"]) {
      foreign.comment(jid(address), address, "I am from elsewhere");
    }
    await foreign.until(() => foreign.dropped.length === 3);
    assert.deepEqual(foreign.told, []);
  });

  test("pitfall 24: Prosody names publishers in events only", async (t) => {
    const bench = await discussed(t, SERVERS.Prosody, ({ comment }) => {
      comment(EVE, "c0", "Nobody can say who said this");
    });
    bench.comment(EVE, "c1", "Well said");
    await bench.until(() => bench.told.length === 1);
    assert.deepEqual(bench.told, [`comment ${EVE} c1 Well said`]);
  });

  test("pitfall 40: what we put there ourselves does not come back", async (t) => {
    const bench = await discussed(t);
    bench.comment(jid(`alice\\40pod.example@${DOMAIN}`), "c1", "From afar");
    bench.comment(EVE, "c2", "Near");
    await bench.until(() => bench.told.length === 1);
    assert.deepEqual(bench.told, [`comment ${EVE} c2 Near`]);
    assert.deepEqual(bench.dropped, []);
  });

  test("who has not opted in is not heard, nor what was said before", async (t) => {
    const bench = await discussed(t);
    await bench.db.raw("update feeds set since = now() - interval '1 second'");
    bench.comment(EVE, "old", "Before");
    bench.comment(jid("mal@example.org"), "c1", "Not registered");
    await bench.hurry();
    assert.deepEqual(bench.told, []);
  });

  test("pitfall 47: a comment that is gone is taken back for who wrote it", async (t) => {
    const bench = await discussed(t);
    for (const id of ["c1", "c2", "c3"]) bench.comment(EVE, id, id);
    await bench.until(() => bench.told.length === 3);
    await bench.db.raw("update comment_items set seen_at = seen_at - interval '1 minute'");
    bench.server.retract(COMMENTS, BELOW, "c2");
    bench.server.retract(COMMENTS, BELOW, "never seen");
    await bench.hurry();
    assert.deepEqual(bench.told.slice(3), [`uncomment ${EVE} c2`]);
    bench.comment(EVE, "c2", "c2");
    await bench.hurry();
    assert.equal(bench.told.length, 4, "what was taken back does not come again");
  });

  test("a retraction that the rules refuse is not tried for ever", async (t) => {
    const bench = await discussed(t);
    bench.comment(EVE, "refused", "Not taken");
    await bench.until(() => bench.told.length === 1);
    bench.server.retract(COMMENTS, BELOW, "refused");
    await bench.hurry();
    await bench.hurry();
    assert.deepEqual(bench.told.slice(1), [`uncomment ${EVE} refused`]);
  });

  test("pitfall 21: a comment that a full node pushes out stays", async (t) => {
    const bench = await discussed(t);
    bench.comment(EVE, "c1", "c1");
    await bench.until(() => bench.told.length === 1);
    bench.server.configure(COMMENTS, BELOW, { maxItems: 1 });
    bench.comment(EVE, "c2", "c2");
    await bench.hurry();
    await bench.hurry();
    assert.deepEqual(bench.told.slice(1), [`comment ${EVE} c2 c2`]);
  });

  test("pitfall 21: so does one that its writer's next pushes out, whatever older others have there", async (t) => {
    const bench = await discussed(t);
    bench.comment(BOB, "c0", "c0");
    bench.comment(EVE, "c1", "c1");
    await bench.until(() => bench.told.length === 2);
    bench.server.configure(COMMENTS, BELOW, { maxItems: 1 });
    bench.comment(EVE, "c2", "c2");
    await bench.hurry();
    await bench.hurry();
    assert.deepEqual(bench.told.slice(2), [`comment ${EVE} c2 c2`]);
  });

  test("what a former version took down in its own way is no edit; the next one is", async (t) => {
    const bench = await discussed(t);
    bench.comment(EVE, "c1", "Well said");
    await bench.until(() => bench.told.length === 1);
    await bench.db.raw("update comment_items set content_hash = substr(content_hash, 3)");
    bench.server.repeat(COMMENTS, BELOW);
    bench.comment(EVE, "c1", "Well, said");
    await bench.until(() => bench.told.length === 2);
    assert.deepEqual(bench.told.slice(1), [`comment ${EVE} c1 Well, said`]);
  });

  test("an event that only takes away asks no canary", async (t) => {
    const bench = await discussed(t);
    bench.comment(EVE, "c1", "Well said");
    await bench.until(() => bench.told.length === 1);
    const asked = (): number =>
      bench.server.asked.filter((line) => /^canary.*comments/.test(line)).length;
    const before = asked();
    bench.server.retract(COMMENTS, BELOW, "c1");
    await bench.hurry(() => bench.told.length > 1);
    assert.equal(asked(), before);
  });

  test("what came while the store was away is read when it is back", async (t) => {
    const bench = await discussed(t);
    await bench.db.raw("update comment_nodes set next_check_at = now() + interval '1 day'");
    await bench.db.raw("alter table comment_items rename to comment_items_away");
    bench.comment(EVE, "c1", "Well said");
    await bench.until(() => bench.lines.some((line) => line.includes("not taken")));
    await bench.db.raw("alter table comment_items_away rename to comment_items");
    // A look that was quicker, and found nothing either, is made up for a minute later.
    const later = "update comment_nodes set next_check_at = next_check_at - interval '1 minute'";
    for (let round = 0; bench.told.length === 0 && round < 10; round += 1) {
      await sleep(300);
      await bench.db.raw(later);
    }
    await bench.until(() => bench.told.length === 1);
    assert.deepEqual(bench.told, [`comment ${EVE} c1 Well said`]);
  });

  test("a service that gives no answer is left alone, with all of its nodes", async (t) => {
    const bench = await discussed(t);
    const { db, server } = bench;
    const reads = (): number =>
      server.asked.filter((line) => line.includes(BELOW.slice(0, -5))).length;
    await db.raw(
      `insert into comment_nodes (service, node, post_guid, person_id, next_check_at)
       select service, node || n, post_guid || n, person_id, now() + interval '1 day'
       from comment_nodes, generate_series(1, 50) n`,
    );
    bench.broken = true;
    await db.raw("update comment_nodes set next_check_at = now()");
    const due = async (): Promise<number> => {
      const found = await db.raw<{ rows: { count: string }[] }>(
        "select count(*) from comment_nodes where next_check_at < now() + interval '30 seconds'",
      );
      return Number(found.rows[0]?.count);
    };
    for (let round = 0; (await due()) > 0; round += 1) {
      assert.ok(round < 300, "they are looked at for ever");
      await sleep(20);
    }
    bench.broken = false;
    const before = reads();
    await sleep(200);
    assert.equal(reads(), before);
  });

  test("nobody makes another node be collected as comments", async (t) => {
    const bench = await collectorBench(t, EJABBERD);
    bench.post("a", "a", [repliesLink(EVE, NODE)]);
    bench.post("b", "b", [repliesLink(DOMAIN, BELOW)]);
    bench.post("c", "c", [repliesLink(`someone@${DOMAIN}`, BELOW)]);
    await bench.looked();
    await bench.until(() => bench.told.length === 3);
    const found = await bench.db.raw<{ rows: unknown[] }>("select * from comment_nodes");
    assert.deepEqual(found.rows, []);
  });

  test("the comments of a post that stays home are not collected", async (t) => {
    const bench = await collectorBench(t, EJABBERD);
    bench.server.configure(BOB, NODE, { open: false });
    bench.post("first", "For friends", [repliesLink(COMMENTS, BELOW)]);
    await bench.looked();
    const found = await bench.db.raw<{ rows: unknown[] }>("select * from comment_nodes");
    assert.deepEqual(found.rows, []);
  });
});

test("an event of a comments node that nobody watches is a stranger's", async (t) => {
  const bench = await collectorBench(t, EJABBERD);
  bench.server.configure(BOB, BELOW, {});
  bench.server.publish(BOB, BELOW, { id: "c1", publisher: EVE, payload: entry("Hi") });
  await bench.until(() => bench.dropped.includes("stranger"));
  assert.deepEqual(bench.told, []);
});

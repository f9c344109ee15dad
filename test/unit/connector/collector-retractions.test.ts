/** What is gone from a person's node, and what of it goes from the federation. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { el, isElement, type XmlElement } from "../../../src/xml/element.ts";
import {
  BOB,
  collectorBench,
  DOMAIN,
  entry,
  EVE,
  NODE,
  type CollectorBench,
} from "./collector-bench.ts";
import { SERVERS, type Habits } from "./fake-pep.ts";

const EJABBERD = SERVERS["ejabberd with presence_based_delivery: false"];

/** Posts that stand on the federation. */
async function posted(bench: CollectorBench, count: number): Promise<void> {
  for (let number = 1; number <= count; number += 1)
    bench.post(String(number), `post ${String(number)}`);
  await bench.looked();
  await bench.until(() => bench.told.length === count);
  // Longer ago than what pushes something out could be, and than a slip of the hand.
  await anHourAgo(bench);
  bench.told.length = 0;
}

async function anHourAgo({ db }: CollectorBench): Promise<void> {
  await db.raw("update items set seen_at = seen_at - interval '1 hour'");
  await db.raw(
    `update feeds set looked_at = looked_at - interval '1 hour',
       looked_from = looked_from - interval '1 hour'`,
  );
}

async function nextDay({ db, looked }: CollectorBench): Promise<void> {
  await db.raw("update feeds set audited_at = now() - interval '25 hours'");
  await looked();
}

function eventOf(inside: XmlElement): XmlElement {
  const items = el("items", { node: NODE }, inside);
  const event = el("event", { xmlns: "http://jabber.org/protocol/pubsub#event" }, items);
  return el("message", { type: "headline", from: BOB, to: DOMAIN }, event);
}

suite("what is gone from a node", { concurrency: 3 }, () => {
  for (const [name, habits] of Object.entries<Habits>(SERVERS)) {
    test(`pitfall 22: what its author deletes is taken back, on ${name}`, async (t) => {
      const bench = await collectorBench(t, habits);
      await posted(bench, 3);
      bench.server.retract(BOB, NODE, "2");
      await nextDay(bench);
      await bench.hurry(() => bench.told.length > 0);
      assert.deepEqual(bench.told, ["retract 2"]);
      await nextDay(bench);
      await bench.hurry();
      assert.deepEqual(bench.told, ["retract 2"], "once");
    });
  }

  test("the only post, deleted with nothing after it, is taken back", async (t) => {
    const bench = await collectorBench(t, EJABBERD);
    await posted(bench, 1);
    bench.server.retract(BOB, NODE, "1");
    await bench.hurry(() => bench.told.length > 0);
    assert.deepEqual(bench.told, ["retract 1"]);
  });

  test("pitfall 21: the oldest, gone with a publish, stays; also several of them", async (t) => {
    const bench = await collectorBench(t, EJABBERD);
    await posted(bench, 4);
    bench.server.configure(BOB, NODE, { maxItems: 2 });
    bench.post("5", "post 5");
    await bench.hurry();
    await bench.hurry();
    assert.deepEqual(bench.told, ["publish 5 post 5"]);
  });

  test("what is there again at the second look is not taken back", async (t) => {
    const bench = await collectorBench(t, EJABBERD);
    await posted(bench, 2);
    bench.server.retract(BOB, NODE, "1");
    bench.server.quietly(() => {
      bench.post("1", "post 1");
    });
    await bench.hurry();
    const told = bench.told.filter((line) => line.startsWith("retract"));
    assert.deepEqual(told, []);
  });

  test("without a clear answer nothing is taken back", async (t) => {
    const bench = await collectorBench(t, EJABBERD);
    await posted(bench, 2);
    bench.broken = true;
    bench.server.retract(BOB, NODE, "1");
    await bench.hurry();
    assert.deepEqual(bench.told, []);
    bench.broken = false;
    await bench.hurry();
    assert.deepEqual(bench.told, ["retract 1"]);
  });

  test("a small purge is taken as it was said", async (t) => {
    const bench = await collectorBench(t, EJABBERD);
    await posted(bench, 5);
    bench.server.purge(BOB, NODE);
    await bench.hurry();
    // A look may be quicker than the event, and asks first.
    const taken = (): string[] => bench.told.filter((line) => line.startsWith("retract"));
    await bench.until(() => taken().length === 5);
    assert.deepEqual(
      taken().sort(),
      [1, 2, 3, 4, 5].map((id) => `retract ${String(id)}`),
    );
  });

  test("pitfall 23: a purge of many is one question, and nothing goes before the answer", async (t) => {
    const bench = await collectorBench(t, EJABBERD);
    await posted(bench, 6);
    bench.server.purge(BOB, NODE);
    bench.server.purge(BOB, NODE);
    await bench.hurry();
    assert.deepEqual(bench.told, [`tell ${BOB} Your microblog node was emptied.`]);
    assert.equal(await bench.feed.confirmPurge(EVE), 0);
    assert.equal(await bench.feed.confirmPurge(BOB), 6);
    await bench.until(() => bench.told.length === 7);
  });

  test("pitfall 23: a node that is found empty is asked about, however little was in it", async (t) => {
    const bench = await collectorBench(t, EJABBERD);
    await posted(bench, 2);
    bench.server.quietly(() => {
      bench.server.purge(BOB, NODE);
    });
    await nextDay(bench);
    await nextDay(bench);
    await bench.hurry();
    assert.deepEqual(bench.told, [`tell ${BOB} Your microblog node was emptied.`]);
  });

  for (const [name, habits] of Object.entries<Habits>(SERVERS)) {
    test(`in a new node what was taken back at once is found soon, asked or not, on ${name}`, async (t) => {
      const bench = await collectorBench(t, habits);
      bench.post("1", "post 1");
      await bench.until(() => bench.told.length === 1 || name.includes("nothing"));
      await bench.looked();
      bench.post("2", "post 2");
      await bench.looked();
      await bench.looked();
      bench.server.retract(BOB, NODE, "1");
      const goneSoon = async (id: string): Promise<void> => {
        for (let round = 0; !bench.told.includes(`retract ${id}`); round += 1) {
          assert.ok(round < 20, bench.told.join("; "));
          // Nobody hears of it on a server that sends nothing: that is for the daily look.
          if (name.includes("nothing")) await nextDay(bench);
          else await bench.looked();
          await sleep(100);
        }
      };
      if (habits.retractsToCaps || habits.toSubscriber) await goneSoon("1");
      bench.server.retract(BOB, NODE, "2");
      await bench.looked();
      await goneSoon("2");
      const asked = bench.told.filter((line) => line.startsWith("tell"));
      assert.deepEqual(asked, []);
    });
  }

  test("COMPAT(Prosody): a copy with its attributes in another order is no edit, and hides nothing", async (t) => {
    const bench = await collectorBench(t, SERVERS.Prosody);
    const href = `xmpp:${BOB}?;node=${NODE};item=1`;
    const first = entry("post 1", [el("link", { rel: "alternate", href })]);
    bench.server.publish(BOB, NODE, { id: "1", publisher: BOB, payload: first });
    bench.post("2", "post 2");
    await bench.looked();
    await bench.until(() => bench.told.length === 2);
    const children = first.children.map((node) =>
      isElement(node) && node.local === "link"
        ? { ...node, attrs: { href, rel: "alternate" } }
        : node,
    );
    await bench.router.handle(eventOf(el("item", { id: "1" }, { ...first, children })));
    bench.server.retract(BOB, NODE, "2");
    await bench.until(() => bench.told.length >= 3);
    assert.deepEqual(bench.told.slice(2), ["retract 2"]);
  });

  test("what an event brought before a read found the older one lies behind it all the same", async (t) => {
    const bench = await collectorBench(t, EJABBERD);
    bench.server.quietly(() => {
      bench.post("1", "post 1");
    });
    bench.post("2", "post 2");
    await bench.until(() => bench.told.length === 2);
    await bench.looked();
    bench.server.retract(BOB, NODE, "2");
    await bench.until(() => bench.told.length === 3);
    assert.deepEqual(bench.told, ["publish 2 post 2", "publish 1 post 1", "retract 2"]);
  });

  test("pitfall 21: the oldest, deleted right after a publish that did not push it out, is taken back", async (t) => {
    const bench = await collectorBench(t, EJABBERD);
    bench.post("1", "post 1");
    bench.post("2", "post 2");
    await bench.until(() => bench.told.length === 2);
    await bench.looked();
    bench.server.retract(BOB, NODE, "1");
    await bench.until(() => bench.told.length === 3);
    assert.deepEqual(bench.told.slice(2), ["retract 1"]);
  });

  test("pitfall 21: what was pushed out by something of which no event came stays", async (t) => {
    const bench = await collectorBench(t, EJABBERD);
    await posted(bench, 2);
    bench.server.configure(BOB, NODE, { maxItems: 2 });
    bench.server.quietly(() => {
      bench.post("3", "post 3");
    });
    await bench.router.handle(eventOf(el("retract", { id: "1" })));
    await bench.hurry();
    assert.deepEqual(
      bench.told.filter((line) => line.startsWith("retract")),
      [],
    );
  });

  test("pitfall 21: what was pushed out stays, though an older one that was edited is there", async (t) => {
    const bench = await collectorBench(t, EJABBERD);
    // So many that no look follows each post.
    await posted(bench, 22);
    bench.server.configure(BOB, NODE, { maxItems: 22 });
    await sleep(200);
    await bench.looked();
    bench.post("1", "post 1, edited");
    await bench.until(() => bench.told.length === 1);
    bench.post("23", "post 23");
    await bench.hurry();
    await bench.hurry();
    assert.deepEqual(bench.told, ["edit 1 post 1, edited", "publish 23 post 23"]);
  });

  test("pitfall 21: what was pushed out stays, though a slow server tells late by what", async (t) => {
    const bench = await collectorBench(t, EJABBERD);
    await posted(bench, 2);
    bench.server.configure(BOB, NODE, { maxItems: 2 });
    bench.broken = true;
    bench.post("3", "post 3");
    await bench.until(() => bench.lines.some((line) => line.includes("not taken")));
    await bench.router.handle(eventOf(el("retract", { id: "1" })));
    await sleep(100);
    await bench.db.raw("update items set doubted_at = doubted_at - interval '40 seconds'");
    bench.broken = false;
    await bench.looked();
    await bench.hurry();
    assert.deepEqual(bench.told, ["publish 3 post 3"]);
  });

  test("what a small node lost long before its last one is not taken back with that", async (t) => {
    const bench = await collectorBench(t, SERVERS["ejabberd as it comes"]);
    bench.server.configure(BOB, NODE, { maxItems: 1 });
    for (const id of ["1", "2"]) {
      bench.post(id, `post ${id}`);
      await bench.until(() => bench.told.includes(`publish ${id} post ${id}`));
      await bench.looked();
    }
    bench.server.retract(BOB, NODE, "2");
    await bench.looked();
    await bench.looked();
    await bench.hurry(() => bench.told.length > 2);
    await bench.looked();
    await bench.hurry();
    assert.deepEqual(bench.told.slice(2), ["retract 2"]);
  });

  test("the oldest that its author takes back at once goes, where no event tells of it", async (t) => {
    const bench = await collectorBench(t, SERVERS["ejabberd as it comes"]);
    for (const id of ["1", "2"]) bench.post(id, `post ${id}`);
    await bench.until(() => bench.told.length === 2);
    await bench.looked();
    bench.server.retract(BOB, NODE, "1");
    await bench.looked();
    await bench.hurry(() => bench.told.length > 2);
    assert.deepEqual(bench.told.slice(2), ["retract 1"]);
  });

  test("pitfall 21: the oldest that went with a new one stays, where no event tells of it", async (t) => {
    const bench = await collectorBench(t, SERVERS["ejabberd as it comes"]);
    for (const id of ["1", "2"]) bench.post(id, `post ${id}`);
    await bench.until(() => bench.told.length === 2);
    await bench.looked();
    bench.server.configure(BOB, NODE, { maxItems: 2 });
    bench.post("3", "post 3");
    await bench.until(() => bench.told.length === 3);
    for (let round = 0; round < 2; round += 1) {
      await bench.looked();
      await bench.hurry();
    }
    assert.deepEqual(bench.told.slice(2), ["publish 3 post 3"]);
  });

  test("a retraction that could not be taken in is found by a look that compares", async (t) => {
    const bench = await collectorBench(t, EJABBERD);
    await posted(bench, 3);
    await bench.db.raw("alter table items rename to items_away");
    bench.server.retract(BOB, NODE, "2");
    await sleep(200);
    await bench.db.raw("alter table items_away rename to items");
    await bench.hurry(() => bench.told.length > 0);
    assert.deepEqual(bench.told, ["retract 2"]);
  });

  test("a retraction of what never went out, or is not known, brings nothing", async (t) => {
    const bench = await collectorBench(t, EJABBERD);
    bench.server.configure(BOB, NODE, { open: false });
    bench.post("1", "for friends");
    bench.server.retract(BOB, NODE, "1");
    bench.server.retract(BOB, NODE, "never seen");
    await bench.hurry();
    assert.deepEqual(bench.told, []);
  });
});

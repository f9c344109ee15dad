/** What is gone from a person's node, and what of it goes from the federation. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { BOB, collectorBench, EVE, NODE, type CollectorBench } from "./collector-bench.ts";
import { SERVERS, type Habits } from "./fake-pep.ts";

const EJABBERD = SERVERS["ejabberd with presence_based_delivery: false"];

/** Posts that stand on the federation. */
async function posted(bench: CollectorBench, count: number): Promise<void> {
  for (let number = 1; number <= count; number += 1)
    bench.post(String(number), `post ${String(number)}`);
  await bench.looked();
  await bench.until(() => bench.told.length === count);
  // Longer ago than what pushes something out could be.
  await bench.db.raw("update items set seen_at = seen_at - interval '1 minute'");
  bench.told.length = 0;
}

async function nextDay({ db, looked }: CollectorBench): Promise<void> {
  await db.raw("update feeds set audited_at = now() - interval '25 hours'");
  await looked();
}

suite("what is gone from a node", { concurrency: 4 }, () => {
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
    assert.deepEqual(bench.told, []);
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
    await bench.until(() => bench.told.length === 5);
    assert.deepEqual(
      bench.told.sort(),
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

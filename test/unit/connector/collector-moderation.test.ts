/** What the author of a post takes out of the node of comments that was put there for others. */
import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { rememberPlaced } from "../../../src/store/collected-placed.ts";
import { guidNumber, jid } from "../../support/fixtures.ts";
import {
  BELOW,
  BOB,
  collectorBench,
  COMMENTS,
  DOMAIN,
  entry,
  EVE,
  repliesLink,
  type CollectorBench,
} from "./collector-bench.ts";
import { SERVERS } from "./fake-pep.ts";

const CAROL = jid(`carol\\40pod.example@${DOMAIN}`);
const QUIET_MS = 300;

/** Bob's comments node, in which words of carol's, who is far away, stand under these names. */
async function withCarols(t: TestContext, ...ids: readonly string[]): Promise<CollectorBench> {
  const bench = await collectorBench(t, SERVERS["ejabberd with presence_based_delivery: false"]);
  bench.server.configure(COMMENTS, BELOW, {});
  bench.post("first", "Hello", [repliesLink(COMMENTS, BELOW)]);
  await bench.until(() => bench.server.asked.includes(`${DOMAIN} items ${BELOW}`));
  await bench.looked();
  for (const id of ids) await placeCarols(bench, id);
  bench.told.length = 0;
  return bench;
}

/** Remembered when the service has taken it: its events may be here before. */
async function placeCarols(bench: CollectorBench, id: string): Promise<void> {
  const item = { id, publisher: CAROL, payload: entry(`carol's ${id}`) };
  bench.server.publish(COMMENTS, BELOW, item);
  const place = { service: COMMENTS, node: BELOW, itemId: id, publisher: CAROL, attached: false };
  await rememberPlaced(bench.db, guidNumber(0x70 + Number(id.slice(1))), place);
}

const unsaid = ({ told }: CollectorBench): string[] =>
  told.filter((line) => line.startsWith("uncomment"));

suite("the author of a post moderates in their own node", { concurrency: 4 }, () => {
  test("what they take out is taken back in their name, as long as something older is there", async (t) => {
    const bench = await withCarols(t, "c1", "c2", "c3");
    bench.server.retract(COMMENTS, BELOW, "c2");
    await bench.until(() => bench.told.length > 0);
    assert.deepEqual(bench.told, [`uncomment ${BOB} c2`]);
  });

  test("the only one is taken back too: nothing has pushed it out", async (t) => {
    const bench = await withCarols(t, "c1");
    bench.server.retract(COMMENTS, BELOW, "c1");
    await bench.until(() => bench.told.length > 0);
    assert.deepEqual(bench.told, [`uncomment ${BOB} c1`]);
  });

  test("pitfall 21: the oldest of a full node was pushed out, and stays on the federation", async (t) => {
    const bench = await withCarols(t, "c1", "c2");
    bench.server.configure(COMMENTS, BELOW, { maxItems: 2 });
    await placeCarols(bench, "c3");
    await sleep(QUIET_MS);
    assert.deepEqual(unsaid(bench), []);
  });

  test("pitfall 21: also while the answer to what pushed it out is on its way", async (t) => {
    const bench = await withCarols(t, "c1");
    await bench.db.raw("update placed_items set placed_at = placed_at - interval '1 minute'");
    bench.server.configure(COMMENTS, BELOW, { maxItems: 1 });
    bench.server.publish(COMMENTS, BELOW, { id: "c2", publisher: CAROL, payload: entry("next") });
    await sleep(QUIET_MS);
    assert.deepEqual(unsaid(bench), []);
  });

  test("pitfall 21: it stays too where somebody else's that is older was not pushed out", async (t) => {
    const bench = await withCarols(t);
    bench.comment(EVE, "e1", "first!");
    await bench.until(() => bench.told.length === 1);
    for (const id of ["c1", "c2"]) await placeCarols(bench, id);
    bench.server.configure(COMMENTS, BELOW, { maxItems: 2 });
    await placeCarols(bench, "c3");
    await sleep(QUIET_MS);
    assert.deepEqual(unsaid(bench), []);
  });

  test("the oldest of a person is taken back when nothing has come that could have pushed it", async (t) => {
    const bench = await withCarols(t, "c1", "c2");
    await bench.db.raw("update placed_items set placed_at = placed_at - interval '1 minute'");
    bench.server.retract(COMMENTS, BELOW, "c1");
    await bench.until(() => bench.told.length > 0);
    assert.deepEqual(bench.told, [`uncomment ${BOB} c1`]);
  });

  test("what stands there still, or was never put there, is not taken back", async (t) => {
    const bench = await withCarols(t, "c1", "c2");
    bench.server.retract(COMMENTS, BELOW, "unknown");
    bench.server.retract(COMMENTS, BELOW, "c2");
    bench.server.quietly(() => {
      const item = { id: "c2", publisher: CAROL, payload: entry("again") };
      bench.server.publish(COMMENTS, BELOW, item);
    });
    await sleep(QUIET_MS);
    assert.deepEqual(bench.told, []);
  });

  test("that a service lost what it had is no moderation", async (t) => {
    const bench = await withCarols(t, "c1", "c2", "c3");
    bench.server.quietly(() => {
      bench.server.retract(COMMENTS, BELOW, "c2");
    });
    await bench.db.raw("update comment_nodes set next_check_at = now()");
    await bench.hurry();
    assert.deepEqual(bench.told, []);
  });
});

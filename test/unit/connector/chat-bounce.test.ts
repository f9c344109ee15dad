/** Messages that come back, and what is delivered to whom then. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { BOB, chatBench } from "./chat-bench.ts";

const PERSON = "bob@pod.example";
const DAY = 24 * 3_600_000;
const error = (condition: string, extra = ""): string =>
  `<message type="error" from="alice@example.org" to="${BOB}"><body>Hi</body><error type="cancel"><${condition} xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/>${extra}</error></message>`;

test("pitfall 68: who blocks somebody gets nothing of them any more", async () => {
  const bench = chatBench();
  const blocked = `<blocked xmlns="urn:xmpp:blocking:errors"/>`;
  await bench.hear(error("not-acceptable", blocked));
  assert.deepEqual(bench.calls, [`blocked alice@example.org ${PERSON}`]);
});

const BOUNCES: readonly (readonly [condition: string, days: number, calls: readonly string[]])[] = [
  ["item-not-found", 3, []],
  ["item-not-found", 4, ["gone alice@example.org"]],
  ["remote-server-not-found", 4, ["gone alice@example.org"]],
  ["service-unavailable", 30, []],
  ["service-unavailable", 31, [`blocked alice@example.org ${PERSON}`]],
  ["remote-server-timeout", 100, []],
  ["feature-not-implemented", 100, []],
];
for (const [condition, days, calls] of BOUNCES) {
  test(`pitfall 68: ${condition} on ${String(days)} days ${calls.length === 0 ? "is borne" : "ends delivery"}`, async () => {
    const bench = chatBench();
    for (let day = 0; day < days; day += 1) {
      for (let times = 0; times < 5; times += 1) await bench.hear(error(condition));
      bench.facts.now += DAY;
    }
    assert.deepEqual(bench.calls, calls);
    assert.deepEqual(bench.sent, [], "never an answer to an error");
  });
}

for (const [condition, days, every] of [
  ["item-not-found", 10, 3],
  // What did not reach them while they were away does not count against its writer later.
  ["service-unavailable", 90, 30],
] as const) {
  test(`pitfall 68: whoever is heard of again begins anew: ${condition}`, async () => {
    const bench = chatBench();
    for (let day = 0; day < days; day += 1) {
      await bench.hear(error(condition));
      bench.facts.now += DAY;
      if (day % every === every - 1) {
        await bench.hear(`<message type="chat"><body>help</body></message>`);
      }
    }
    assert.deepEqual(bench.calls, []);
  });
}

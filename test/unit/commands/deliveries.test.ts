import assert from "node:assert/strict";
import { test } from "node:test";
import { WITHHELD } from "../../../src/activitystreams/delivery.ts";
import type { PlaceReport, PostReport } from "../../../src/activitystreams/delivery-report.ts";
import { validValues, type Occasion, type Report } from "../../../src/commands/definition.ts";
import {
  reasonWords,
  reportOf,
  summaryLine,
  within,
} from "../../../src/commands/delivery-words.ts";
import { readLine, valuesOf, wordOf } from "../../../src/commands/line.ts";
import { isDxError } from "../../../src/errors/error.ts";
import { diasporaId, guidNumber } from "../../support/fixtures.ts";
import { ALICE, commandBench, NEW, type CommandBench } from "./support.ts";

const OLD = guidNumber(7);

async function say(bench: CommandBench, typed: string, it = NEW): Promise<Report> {
  const { word, rest } = readLine(typed);
  const command = bench.commands.all.find((one) => wordOf(one) === word);
  assert.ok(command, word);
  const { fields } = await command.form(ALICE);
  const values = validValues(fields, valuesOf(command, fields, rest));
  const occasion: Occasion = { it: () => Promise.resolve(it), key: "k" };
  const report = await command.run(ALICE, values, occasion);
  return typeof report === "string" ? { said: report } : report;
}

function place(name: string, changes: Partial<PlaceReport> = {}): PlaceReport {
  return {
    pod: `https://${name}.example/`,
    person: null,
    state: "arrived",
    failures: 0,
    reason: null,
    awaySince: null,
    nextIn: null,
    givenUpAt: null,
    ...changes,
  };
}

function post(places: readonly PlaceReport[], changes: Partial<PostReport> = {}): PostReport {
  return {
    guid: NEW,
    type: "note",
    audience: "public",
    published: new Date("2026-01-02T03:04:05Z"),
    words: "Hello",
    places,
    ...changes,
  };
}

const LINES: readonly (readonly [Partial<PlaceReport>, string])[] = [
  [{ state: "waiting" }, "a.example has not got it yet; it is on its way."],
  [
    { state: "waiting", failures: 1, reason: "the pod answered 500", nextIn: 300 },
    "a.example did not take it, 1 time so far; next try in 5 minutes: it has a fault of its own (500).",
  ],
  [
    {
      state: "waiting",
      awaySince: new Date("2026-01-02T01:00:00Z"),
      givenUpAt: new Date("2026-01-16T03:04:05Z"),
      nextIn: 720,
      reason: "DX_HTTP_UNREACHABLE the other server cannot be reached: x (ECONNREFUSED)",
    },
    "a.example has not answered since 2026-01-02 01:00 UTC; next try in 12 minutes; " +
      "given up on 2026-01-16: nothing answers at its address.",
  ],
  [
    { failures: 2, reason: "the pod answered 500" },
    "a.example has it, after 2 failed tries: it has a fault of its own (500).",
  ],
  [
    { state: "refused", failures: 12, reason: "the pod answered 422" },
    "a.example refused it for good, after 12 tries: it finds the message faulty (422).",
  ],
  [
    { state: "refused", failures: 1, reason: "DX_HTTP_TIMEOUT too late" },
    "a.example was given up, because it stayed away: it does not answer in time.",
  ],
  [
    { state: "refused", failures: 2, reason: WITHHELD, person: diasporaId("dora@a.example") },
    "dora@a.example may not see it any more; whether it came there is not known.",
  ],
  [
    { state: "blocked", person: diasporaId("dora@a.example") },
    "dora@a.example has blocked you: nothing of yours goes there.",
  ],
  [
    { state: "withheld", person: diasporaId("dora@a.example") },
    "dora@a.example may not see it any more, and was not sent it.",
  ],
];
for (const [changes, line] of LINES) {
  test(`of one place: ${line}`, () => {
    assert.deepEqual(reportOf(post([place("a", changes)])).lines, [line]);
  });
}

test("places of which there is nothing to be said stand together, behind the others", () => {
  const { said, lines } = reportOf(
    post([place("a"), place("b", { state: "blocked" }), place("c"), place("d")]),
  );
  assert.equal(
    said,
    "“Hello”, of 2026-01-02 03:04 UTC, has arrived at 3 of 4 places; 1 has blocked you.",
  );
  assert.equal(lines?.at(-1), "Arrived: a.example, c.example, d.example.");
  assert.equal(lines.length, 2);
});

test("the operator is not told that somebody has blocked them", () => {
  const { said, lines } = reportOf(post([place("a", { state: "blocked" })]), "operator");
  assert.match(said, /1 has blocked the author/);
  assert.deepEqual(lines, ["a.example has blocked the author: nothing of theirs goes there."]);
});

test("of very many places the answer stays short, and says how many more there are", () => {
  const many = Array.from({ length: 500 }, (_, index) =>
    place(`p${String(index)}`, index % 2 === 0 ? {} : { state: "blocked" }),
  );
  const { lines = [] } = reportOf(post(many));
  assert.equal(lines.length, 52);
  assert.equal(lines[50], "And so 200 more.");
  assert.match(lines[51] ?? "", /^Arrived: p0\.example.* and 200 more\.$/);
});

const REASONS: readonly (readonly [string, string])[] = [
  ["the pod answered 404", "it knows nobody there who should get it (404)"],
  ["the pod answered 418", "it does not take the message (418)"],
  ["the pod answered 302", "its address leads somewhere else (302)"],
  ["the pod answered 599", "it has a fault of its own (599)"],
  ["DX_HTTP_UNREACHABLE x (ENOTFOUND)", "its name is unknown"],
  ["DX_HTTP_UNREACHABLE x (ESOMETHING)", "it cannot be reached"],
  ["DX_HTTP_REDIRECT x", "the other server redirects too often or where it may not"],
  ["DX_NO_SUCH_CODE x", "a fault here, which the operator finds in the log"],
  ["x is not a function", "a fault here, which the operator finds in the log"],
  ["this person is not known", "this person is not known"],
  [WITHHELD, WITHHELD],
];
for (const [reason, words] of REASONS) {
  test(`“${reason}” is in plain words: ${words}`, () => {
    assert.equal(reasonWords(reason), words);
  });
}

const TIMES: readonly (readonly [number, string])[] = [
  [0, "within a minute"],
  [60, "in 1 minute"],
  [720, "in 12 minutes"],
  [3_600 * 5, "in 5 hours"],
  [86_400 * 3, "in 3 days"],
];
for (const [seconds, words] of TIMES) {
  test(`${String(seconds)} s are ${words}`, () => {
    assert.equal(within(seconds), words);
  });
}

test("“status” lists the newest posts, and “it” is the first of them then", async () => {
  const bench = commandBench();
  assert.match((await say(bench, "status")).said, /not posted anything/);
  bench.facts.reports.push(
    post([place("a")]),
    post([], { guid: OLD, type: "share", words: "" }),
    post([place("a", { state: "refused" })], { guid: guidNumber(8), words: "" }),
  );
  const report = await say(bench, "status");
  assert.equal(report.about, NEW);
  assert.deepEqual(report.lines, [
    `2026-01-02 03:04 UTC “Hello”: Has arrived at 1 of 1 place. (status ${NEW})`,
    `2026-01-02 03:04 UTC What you passed on: Went to nobody. (status ${OLD})`,
    "2026-01-02 03:04 UTC The post: Has arrived at 0 of 1 place; 1 did not take it. " +
      `(status ${guidNumber(8)})`,
  ]);
});

test("“status” and “retry” are of the post that is named, or of “it”, and of nobody else's", async () => {
  const bench = commandBench();
  bench.facts.reports.push(post([place("a")]), post([], { guid: OLD }));
  assert.deepEqual(await say(bench, `status ${NEW}`), reportOf(post([place("a")])));
  assert.equal((await say(bench, "status it", OLD)).about, OLD);
  await assert.rejects(say(bench, `status ${guidNumber(6)}`), (error) =>
    isDxError(error, "DX_ITEM_NOT_FOUND"),
  );
  assert.match((await say(bench, "retry", OLD)).said, /no place/);
  bench.facts.retried = 3;
  const report = await say(bench, `retry ${NEW}`);
  assert.match(report.said, /^It is brought to 3 places now/);
  assert.deepEqual(bench.calls, [`retry "${OLD}"`, `retry "${NEW}"`]);
});

test("the beginning of a post is one line, whatever its lines", () => {
  assert.ok(!summaryLine(post([], { words: "a\n\nb" })).includes("\n"));
});

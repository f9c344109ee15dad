import assert from "node:assert/strict";
import { test } from "node:test";
import type { Jid } from "../../../src/activitystreams/ids.ts";
import type { Standing } from "../../../src/activitystreams/standing.ts";
import { existingFor, type Command, type Report } from "../../../src/commands/definition.ts";
import { mergeList, unmergeList } from "../../../src/commands/judge.ts";
import type {
  Effect,
  KeptStanding,
  StandingChange,
  Touched,
} from "../../../src/activitystreams/standing-change.ts";
import type { ModerationPorts } from "../../../src/commands/moderation-ports.ts";
import { moderationCommands } from "../../../src/commands/moderation.ts";
import type { PersonFacts } from "../../../src/activitystreams/person-facts.ts";
import { podLines } from "../../../src/commands/pod-words.ts";
import { strangerCommands } from "../../../src/commands/strangers.ts";
import { createAdhoc, NS_COMMANDS } from "../../../src/connector/adhoc.ts";
import { isDxError } from "../../../src/errors/error.ts";
import { el } from "../../../src/xml/element.ts";
import { diasporaId, guidNumber, jid } from "../../support/fixtures.ts";

const ADMIN = jid("admin@example.org");
const ROMEO = jid("romeo@example.org");
const SINCE = new Date("2026-05-01T00:00:00Z");
const FACTS: PersonFacts = {
  ...{ network: "xmpp", diasporaId: diasporaId("romeo@example.org"), jid: ROMEO },
  ...{ guid: guidNumber(1), since: SINCE, pod: null, closedAt: null, endsAt: null },
  ...{ endedAt: null, returns: false, doubtedAt: null, movedTo: null, standing: "suspend" },
  ...{ follows: 2, followers: 1, posts: 5 },
};
const NOBODY: Touched = {
  ...{ people: 0, posts: 0, contacts: 0, subscriptions: 0 },
  ...{ pods: [], pairs: [] },
};

function said(text: string): KeptStanding {
  const [severity = "", subject = ""] = text.split(" ");
  assert.ok(severity === "allow" || severity === "silence" || severity === "suspend");
  const flags = { rejectMedia: false, rejectReports: false, obfuscate: false };
  const kept = { since: SINCE, madeBy: "somebody" };
  return { kind: "pod", subject, severity, reason: null, ...flags, ...kept };
}

function bench(known: readonly KeptStanding[] = [], effect: Partial<Effect> = {}) {
  const changes: { readonly change: StandingChange; readonly by: string }[] = [];
  const strangers: string[] = [];
  const ports: ModerationPorts = {
    isAdmin: (who) => who === ADMIN,
    isOwn: ({ subject }) => subject === "example.org",
    all: () => Promise.resolve(known),
    effectOf: () =>
      Promise.resolve({
        suspended: NOBODY,
        silenced: NOBODY,
        opened: NOBODY,
        accounts: [],
        ...effect,
      }),
    change: (change, by) => {
      changes.push({ change, by });
      return Promise.resolve();
    },
    pod: () => Promise.reject(new Error("not here")),
    person: (name) => Promise.resolve(name === FACTS.jid ? FACTS : null),
    waiting: (to) => {
      const sender = diasporaId("dave@new.example");
      const one = { sender, to: to ?? ROMEO, what: "follow", count: 2, since: SINCE } as const;
      return Promise.resolve([one]);
    },
    accept: (sender, to) => {
      strangers.push(`accept ${sender} ${to ?? "for all"}`);
      return Promise.resolve(1);
    },
    reject: (sender, to) => {
      strangers.push(`reject ${sender} ${to ?? "for all"}`);
      return Promise.resolve(2);
    },
  };
  const registration = { find: () => Promise.resolve({ diasporaId: "romeo@example.org" }) };
  const commands = [...moderationCommands(ports), ...strangerCommands(registration, ports)];
  return {
    ...{ ports, commands, changes, strangers },
    async run(node: string, values: Record<string, string> = {}, by: Jid = ADMIN): Promise<Report> {
      const command = commands.find((one) => one.node === node);
      assert.ok(command !== undefined, node);
      const occasion = { it: () => Promise.resolve(null), key: "1" };
      const report = await command.run(by, values, occasion);
      return typeof report === "string" ? { said: report } : report;
    },
  };
}

const put = (changes: readonly { readonly change: StandingChange }[]): string[] =>
  changes.flatMap(({ change }) => [
    ...change.put.map(({ severity, kind, subject }) => `${severity} ${kind} ${subject}`),
    ...change.drop.map(({ kind, subject }) => `lift ${kind} ${subject}`),
  ]);

test("an admin's word counts, with its reason and who said it", async () => {
  const { run, changes } = bench([said("suspend loud.example")]);
  await run("judge", { severity: "suspend", what: "Bad.example", reason: "spam" });
  await run("judge", { severity: "silence", what: "mallory@bad.example" });
  await run("judge", { severity: "suspend", what: "xmpp:spam.example" });
  await run("judge", { severity: "lift", what: "loud.example" });
  assert.deepEqual(put(changes), [
    "suspend pod bad.example",
    "silence person mallory@bad.example",
    "suspend jid spam.example",
    "lift pod loud.example",
  ]);
  const [first] = changes;
  assert.deepEqual([first?.by, first?.change.put[0]?.reason], [ADMIN, "spam"]);
});

test("a trial says what would happen, with counts and names, and changes nothing", async () => {
  const alice = diasporaId("alice@bad.example");
  const suspended = {
    ...{ people: 3, posts: 1_200, contacts: 25, subscriptions: 2 },
    ...{ pods: ["bad.example"], pairs: [{ local: ROMEO, remote: alice }] },
  };
  const { run, changes } = bench([], { suspended, accounts: [ROMEO] });
  const values = { severity: "suspend", what: "bad.example", dry_run: "1" };
  const { said: words, lines = [] } = await run("judge", values);
  assert.match(words, /would happen/);
  assert.deepEqual(lines, [
    "Nothing is heard of any more: 3 people, 1200 posts, 25 contacts, 2 subscriptions.",
    "  On bad.example",
    `  ${ROMEO} — ${alice}`,
    "  and 24 contacts more",
    `Closed for the federation: ${ROMEO}`,
  ]);
  assert.deepEqual(changes, []);
});

const WRONG: readonly [
  severity: string,
  what: string,
  code: "DX_STANDING_INVALID" | "DX_ITEM_NOT_FOUND",
][] = [
  ["suspend", "example", "DX_STANDING_INVALID"],
  ["suspend", "example.org", "DX_STANDING_INVALID"],
  ["silence", "xmpp:spam.example", "DX_STANDING_INVALID"],
  ["lift", "never.example", "DX_ITEM_NOT_FOUND"],
];

test("what would shut out the gateway itself, or nobody, is refused", async () => {
  for (const [severity, what, code] of WRONG) {
    const { run, changes } = bench();
    await assert.rejects(run("judge", { severity, what }), (error) => isDxError(error, code), what);
    assert.deepEqual(changes, []);
  }
});

test("somebody else's list opens nothing that is closed, and closes nothing that was allowed", async () => {
  const known = [said("suspend a.example"), said("allow b.example"), said("silence c.example")];
  const list: Standing[] = [
    ...["silence a.example", "suspend b.example", "suspend c.example"].map(said),
    ...["suspend d.example", "suspend example.org"].map(said),
  ];
  const { ports } = bench(known);
  const { change, kept } = await mergeList(list, ports);
  assert.deepEqual(put([{ change }]), ["suspend pod c.example", "suspend pod d.example"]);
  assert.deepEqual(
    kept.map(({ subject }) => subject),
    ["a.example", "b.example", "example.org"],
  );
  const back = await unmergeList([said("suspend a.example"), said("suspend c.example")], ports);
  assert.deepEqual(put([back]), ["lift pod a.example"]);
});

test("a list is imported from a form, tried first unless it is said otherwise", async () => {
  const { run, changes } = bench();
  const list = "#domain,#severity\nbad.example,suspend\nb*d.example,suspend\n";
  const { said: tried, lines = [] } = await run("import-standings", { list, dry_run: "1" });
  assert.match(tried, /would put 1 entry/);
  assert.match(lines.join("\n"), /Line 3: no domain/);
  assert.deepEqual(changes, []);
  await run("import-standings", { list, dry_run: "0" });
  assert.deepEqual(put(changes), ["suspend pod bad.example"]);
  const { lines: exported } = await bench([said("suspend bad.example")]).run("export-standings");
  assert.deepEqual(exported?.slice(1), ["bad.example,suspend,False,False,,False"]);
});

test("for everybody else there are no such commands, by whichever word or form", async () => {
  const { commands, run } = bench();
  const hidden = commands.filter((command) => command.hidden === true);
  assert.equal(hidden.length, commands.length - 3);
  const nodes = async (who: Jid): Promise<string[]> =>
    (await existingFor(who, commands)).map(({ node }) => node);
  assert.deepEqual(await nodes(ROMEO), ["strangers", "accept", "reject"]);
  assert.equal((await nodes(ADMIN)).length, commands.length);
  for (const { node } of hidden) {
    await assert.rejects(run(node, {}, ROMEO), (error) => isDxError(error, "DX_ITEM_NOT_FOUND"));
  }
  const answers = await Promise.all(
    ["judge", "no-such-command"].map((node) => asked(commands, node)),
  );
  assert.equal(answers[0], answers[1]);
});

/** What a stranger is told who guesses a command's name, also in the midst of it. */
async function asked(commands: readonly Command[], node: string): Promise<string> {
  const adhoc = createAdhoc({ domain: "dx.example.org", commands });
  const [handler] = adhoc.handlers;
  const from = { bare: ROMEO, full: ROMEO as never, resource: null };
  const to = {
    class: "component",
    jid: jid("dx.example.org"),
    resource: null,
    person: null,
  } as const;
  const told: string[] = [];
  for (const attrs of [{ node }, { node, sessionid: "1" }, { node, action: "cancel" }]) {
    const payload = el("command", { xmlns: NS_COMMANDS, ...attrs });
    const stanza = el("iq", { type: "set", id: "1" }, payload);
    const { signal } = new AbortController();
    try {
      await handler?.answer({ stanza, payload, from, to, signal });
      told.push("an answer");
    } catch (error) {
      told.push(isDxError(error) ? error.code : "?");
    }
  }
  return told.join();
}

test("who waits for somebody's yes gets it or not", async () => {
  const { run, strangers } = bench();
  const { lines } = await run("strangers", {}, ROMEO);
  assert.deepEqual(lines, [`dave@new.example wants to follow ${ROMEO}, 2 times, since 2026-05-01`]);
  await run("accept", { person: "dave@new.example" }, ROMEO);
  await run("reject", { person: "dave@new.example" }, ROMEO);
  await run("quarantine-accept", { sender: "dave@new.example" });
  assert.deepEqual(strangers, [
    `accept dave@new.example ${ROMEO}`,
    `reject dave@new.example ${ROMEO}`,
    "accept dave@new.example for all",
  ]);
});

test("an admin sees how an account stands, by whichever name", async () => {
  const { run } = bench();
  const { said: first, lines = [] } = await run("account", { who: `xmpp:${ROMEO}` });
  assert.equal(first, "romeo@example.org, romeo@example.org");
  assert.ok(lines.some((line) => line.includes("moderation: suspend")));
  await assert.rejects(run("account", { who: "nobody@example.org" }), (error) =>
    isDxError(error, "DX_ITEM_NOT_FOUND"),
  );
});

test("what is known of a pod is counts and its standing", () => {
  const facts = {
    ...{ host: "bad.example", firstSeen: SINCE, people: 1, posts: 2, contacts: 0 },
    ...{ waiting: 3, trouble: "the pod answered 502", quarantined: 1 },
  };
  const because = { ...said("suspend example"), reason: "spam" };
  assert.deepEqual(podLines({ ...facts, verdict: "suspend", because }), [
    "bad.example: suspended",
    "  suspend example (spam), since 2026-05-01, by somebody",
    "First seen on 2026-05-01.",
    "Known here: 1 person, 2 posts, 0 contacts.",
    "Waiting to go there: 3.",
    "It cannot be reached: the pod answered 502.",
    "Waiting for a yes: 1.",
  ]);
  const [listed] = podLines({ ...facts, verdict: "suspend", because: null });
  assert.equal(listed, "bad.example: not on the list of pods");
});

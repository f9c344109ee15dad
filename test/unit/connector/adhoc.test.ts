import assert from "node:assert/strict";
import { test } from "node:test";
import { bareJid, type Guid, type Jid } from "../../../src/activitystreams/ids.ts";
import type { Command, CommandValues } from "../../../src/commands/definition.ts";
import { createAdhoc, NS_COMMANDS } from "../../../src/connector/adhoc.ts";
import { createAdhocSessions, type Caller } from "../../../src/connector/adhoc-sessions.ts";
import { submittedFields } from "../../../src/connector/data-form.ts";
import { registerHandlers } from "../../../src/connector/register.ts";
import { createRouter } from "../../../src/connector/router.ts";
import { parseSender } from "../../../src/connector/stanza.ts";
import { DxError, isDxError } from "../../../src/errors/error.ts";
import { silentLog } from "../../../src/log/log.ts";
import {
  child,
  childrenNamed,
  childText,
  el,
  textOf,
  type XmlElement,
} from "../../../src/xml/element.ts";
import { serialise } from "../../../src/xml/serialise.ts";
import { guidNumber } from "../../support/fixtures.ts";
import { DOMAIN } from "./support.ts";

function jid(text: string) {
  const parsed = bareJid(text);
  assert.ok(parsed);
  return parsed;
}
const ALICE = jid("alice@example.org");

const caller = (full: string): Caller => {
  const sender = parseSender(full);
  assert.ok(sender);
  return sender;
};
const PHONE = caller("alice@example.org/phone");
const LIMITS = { count: 10, perJid: 10, ms: 1_000 };

test("a session belongs to one client of one person and one command, once", () => {
  const sessions = createAdhocSessions(LIMITS, () => 0);
  const id = sessions.begin(PHONE, "a");
  assert.equal(sessions.end(id, caller("bob@example.org/phone"), "a"), false);
  assert.equal(sessions.end(id, caller("alice@example.org/desk"), "a"), false);
  assert.equal(sessions.end(id, caller("alice@example.org"), "a"), false);
  assert.equal(sessions.end(id, PHONE, "b"), false);
  assert.equal(sessions.end(id, PHONE, "a"), true);
  assert.equal(sessions.end(id, PHONE, "a"), false);
});

test("a session ends by itself", () => {
  let now = 0;
  const sessions = createAdhocSessions(LIMITS, () => now);
  const id = sessions.begin(PHONE, "a");
  now = 1_000;
  assert.equal(sessions.end(id, PHONE, "a"), false);
});

test("of too many sessions the oldest are forgotten", () => {
  const sessions = createAdhocSessions({ ...LIMITS, count: 3 }, () => 0);
  const ids = Array.from({ length: 4 }, () => sessions.begin(PHONE, "a"));
  assert.deepEqual(
    ids.map((id) => sessions.end(id, PHONE, "a")),
    [false, true, true, true],
  );
});

test("who opens a thousand forms forgets their own, from every client, and nobody else's", () => {
  const sessions = createAdhocSessions({ ...LIMITS, count: 100, perJid: 5 }, () => 0);
  const bob = caller("bob@example.org/phone");
  const his = sessions.begin(bob, "a");
  const desk = caller("alice@example.org/desk");
  const hers = Array.from({ length: 1_000 }, (_, i) => sessions.begin(i % 2 ? PHONE : desk, "a"));
  const open = hers.filter((id, i) => sessions.end(id, i % 2 ? PHONE : desk, "a"));
  assert.deepEqual(open, hers.slice(-5));
  assert.equal(sessions.end(his, bob, "a"), true);
});

/** A command with a field of each kind, to show what its doors make of them. */
function command(runs: CommandValues[]): Command {
  return {
    node: "alias",
    name: "Alias",
    mayUse: () => Promise.resolve(true),
    form: () =>
      Promise.resolve({
        title: "Alias",
        instructions: "Choose.",
        fields: [
          { name: "alias", label: "Alias", kind: "text", required: true, maxLength: 5 },
          { name: "listed", label: "Listed", kind: "flag", required: false, value: "0" },
          {
            name: "colour",
            label: "Colour",
            kind: "choice",
            required: false,
            choices: [["r", "Red"]],
          },
        ],
      }),
    run: (_caller, values) => {
      runs.push(values);
      return Promise.resolve("done");
    },
  };
}

function bench() {
  const runs: CommandValues[] = [];
  const sent: XmlElement[] = [];
  const router = createRouter({
    domain: DOMAIN,
    log: silentLog,
    send: (stanza) => {
      sent.push(stanza);
      return Promise.resolve();
    },
  });
  const alias = command(runs);
  router.add(createAdhoc({ domain: DOMAIN, commands: [alias] }).handlers);
  router.add(registerHandlers({ register: alias, unregister: alias }));
  const set = async (payload: XmlElement): Promise<XmlElement | undefined> => {
    await router.handle(el("iq", { type: "set", id: "1", from: ALICE, to: DOMAIN }, payload));
    return sent.at(-1);
  };
  return { runs, set };
}

function submit(fields: Readonly<Record<string, string>>): XmlElement {
  return el(
    "x",
    { xmlns: "jabber:x:data", type: "submit" },
    Object.entries(fields).map(([name, value]) =>
      el("field", { var: name }, el("value", {}, value)),
    ),
  );
}

test("a field of each kind is shown as XEP-0004 has it", async () => {
  const { set } = bench();
  const reply = await set(el("command", { xmlns: NS_COMMANDS, node: "alias" }));
  const form = child(child(reply, "command"), "x");
  assert.ok(form);
  const fields = childrenNamed(form, "field").map((field) => [
    field.attrs["var"],
    field.attrs["type"],
    child(field, "required") !== undefined,
    childText(field, "value"),
    childText(child(field, "option"), "value"),
  ]);
  assert.deepEqual(fields, [
    ["FORM_TYPE", "hidden", false, NS_COMMANDS, undefined],
    ["alias", "text-single", true, undefined, undefined],
    ["listed", "boolean", false, "0", undefined],
    ["colour", "list-single", false, undefined, "r"],
  ]);
});

const SUBMITTED: readonly (readonly [string, Record<string, string>, CommandValues | null])[] = [
  [
    "all fields",
    { alias: "al", listed: "1", colour: "r" },
    { alias: "al", listed: "1", colour: "r" },
  ],
  ["the required one only", { alias: " al " }, { alias: "al" }],
  ["the longest text", { alias: "12345" }, { alias: "12345" }],
  ["a text one longer", { alias: "123456" }, null],
  ["without the required one", { listed: "1" }, null],
  ["a flag that is none", { alias: "al", listed: "yes" }, null],
  ["a choice that was not offered", { alias: "al", colour: "b" }, null],
  ["a field that was not asked for", { alias: "al", admin: "1" }, { alias: "al" }],
];
for (const [name, fields, expected] of SUBMITTED) {
  test(`a form with ${name} is ${expected === null ? "refused" : "run"} by both doors`, async () => {
    const { runs, set } = bench();
    const shown = await set(el("command", { xmlns: NS_COMMANDS, node: "alias" }));
    const sessionid = child(shown, "command")?.attrs["sessionid"];
    const again = await set(
      el("command", { xmlns: NS_COMMANDS, node: "alias", sessionid }, submit(fields)),
    );
    const legacy = Object.entries(fields).map(([field, value]) => el(field, {}, value));
    const inBand = [submit(fields), legacy];
    const replies = [again];
    for (const content of inBand) {
      replies.push(await set(el("query", { xmlns: "jabber:iq:register" }, content)));
    }
    assert.deepEqual(runs, expected === null ? [] : [expected, expected, expected]);
    for (const reply of replies) {
      assert.equal(reply?.attrs["type"], expected === null ? "error" : "result");
    }
  });
}

test("a form with too many fields, or that is no submission, is refused", () => {
  const many = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`f${String(i)}`, "x"]));
  const cancelled = el("x", { xmlns: "jabber:x:data", type: "cancel" });
  for (const form of [submit(many), cancelled]) {
    assert.throws(
      () => submittedFields(form),
      (error) => isDxError(error, "DX_BAD_REQUEST"),
    );
  }
});

function adhocBench(run: Command["run"], pace?: (jid: Jid) => void) {
  const sent: XmlElement[] = [];
  const send = (stanza: XmlElement): Promise<void> => {
    sent.push(stanza);
    return Promise.resolve();
  };
  const router = createRouter({ domain: DOMAIN, log: silentLog, send });
  const it = (): Promise<Guid> => Promise.resolve(guidNumber(5));
  const commands = [{ ...command([]), run }];
  router.add(createAdhoc({ domain: DOMAIN, commands, it, ...(pace ? { pace } : {}) }).handlers);
  const ask = async (attrs: Record<string, string>, ...content: XmlElement[]) => {
    const payload = el("command", { xmlns: NS_COMMANDS, node: "alias", ...attrs }, content);
    await router.handle(el("iq", { type: "set", id: "1", from: ALICE, to: DOMAIN }, payload));
    const reply = sent.at(-1);
    assert.ok(reply);
    return reply;
  };
  const done = async (): Promise<XmlElement> => {
    const shown = await ask({});
    const sessionid = child(shown, "command")?.attrs["sessionid"] ?? "";
    return await ask({ sessionid }, submit({ alias: "al" }));
  };
  return { ask, done };
}

test("what was asked for comes as a result form beside the note", async () => {
  const { done } = adhocBench(() =>
    Promise.resolve({ said: "Two.", lines: ["a", "b"], level: "warn" }),
  );
  const reply = child(await done(), "command");
  assert.equal(reply?.attrs["status"], "completed");
  assert.deepEqual(
    [child(reply, "note")?.attrs["type"], childText(reply, "note")],
    ["warn", "Two."],
  );
  const form = child(reply, "x");
  assert.ok(form);
  assert.equal(form.attrs["type"], "result");
  const [field] = childrenNamed(form, "field");
  assert.ok(field);
  assert.deepEqual(childrenNamed(field, "value").map(textOf), ["a", "b"]);
});

test("what could not be done is a completed command with an error in words (XEP-0050 §3.6)", async () => {
  const { done } = adhocBench(() => Promise.reject(new DxError("DX_PERSON_NOT_FOUND")));
  const reply = await done();
  assert.equal(reply.attrs["type"], "result");
  const note = child(child(reply, "command"), "note");
  assert.equal(note?.attrs["type"], "error");
  assert.match(textOf(note), /^[A-Z].*\.$/);
});

test("a defect of ours is an error that says nothing of it", async () => {
  const { done } = adhocBench(() => Promise.reject(new Error("secret")));
  const reply = await done();
  assert.equal(reply.attrs["type"], "error");
  assert.doesNotMatch(serialise(reply), /secret/);
});

test("a form knows what “it” is, and its session is the key of what it does", async () => {
  let seen: unknown;
  const { done } = adhocBench(async (_caller, _values, occasion) => {
    seen = await occasion.it();
    assert.match(occasion.key, /^[0-9a-f]{32}$/);
    return "done";
  });
  await done();
  assert.equal(seen, guidNumber(5));
});

test("of too many commands in a minute the rest wait", async () => {
  const { done } = adhocBench(
    () => Promise.resolve("done"),
    () => {
      throw new DxError("DX_TOO_FAST");
    },
  );
  assert.ok(child(child(await done(), "error"), "policy-violation"));
});

const REFUSED: readonly (readonly [
  what: string,
  attrs: Record<string, string>,
  condition: string,
])[] = [
  ["a step that nobody knows", { action: "jump" }, "malformed-action"],
  ["a command that begins with its end", { action: "complete" }, "bad-action"],
  ["a step back from the only one", { sessionid: "x", action: "prev" }, "bad-action"],
  ["a session that nobody began", { sessionid: "x" }, "bad-sessionid"],
];
for (const [what, attrs, condition] of REFUSED) {
  test(`${what} is refused with ${condition} (XEP-0050 §4.4)`, async () => {
    const { ask } = adhocBench(() => Promise.resolve("done"));
    const error = child(await ask(attrs), "error");
    assert.ok(child(error, "bad-request") && child(error, condition, NS_COMMANDS));
  });
}

test("a form without what it requires is a bad payload", async () => {
  const { ask } = adhocBench(() => Promise.resolve("done"));
  const sessionid = child(await ask({}), "command")?.attrs["sessionid"] ?? "";
  const error = child(await ask({ sessionid }, submit({})), "error");
  assert.ok(child(error, "bad-payload", NS_COMMANDS));
});

test("lines that were typed in a form come as they were typed", () => {
  const form = el(
    "x",
    { xmlns: "jabber:x:data", type: "submit" },
    el("field", { var: "text" }, el("value", {}, "one"), el("value"), el("value", {}, "three")),
  );
  assert.equal(submittedFields(form).get("text"), "one\n\nthree");
});

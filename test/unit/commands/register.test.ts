import assert from "node:assert/strict";
import { test } from "node:test";
import { bareJid, type Jid } from "../../../src/activitystreams/ids.ts";
import type { Occasion } from "../../../src/commands/definition.ts";
import { registerCommand, unregisterCommand } from "../../../src/commands/register.ts";
import { mayRegister, type RegistrationPolicy } from "../../../src/commands/registration-policy.ts";
import { isDxError } from "../../../src/errors/error.ts";

function jid(text: string): Jid {
  const parsed = bareJid(text);
  assert.ok(parsed);
  return parsed;
}

const OCCASION: Occasion = { it: () => Promise.resolve(null), key: "k" };

const LOCAL: RegistrationPolicy = { kind: "domains", domains: ["example.org"] };
const WHO: readonly (readonly [string, RegistrationPolicy, boolean])[] = [
  ["alice@example.org", LOCAL, true],
  ["alice@other.net", LOCAL, false],
  ["alice@evil-example.org", LOCAL, false],
  ["alice@sub.example.org", LOCAL, false],
  ["example.org", LOCAL, false],
  ["alice@other.net", { kind: "any" }, true],
  ["other.net", { kind: "any" }, false],
  ["alice@example.org", { kind: "domains", domains: [] }, false],
];
for (const [who, policy, may] of WHO) {
  test(`${who} ${may ? "may" : "may not"} register where ${policy.kind} may`, () => {
    assert.equal(mayRegister(policy, jid(who)), may);
  });
}

function bench(known: readonly string[], policy: RegistrationPolicy = LOCAL) {
  const people = new Set(known);
  const calls: string[] = [];
  const ports = {
    find: (who: Jid) => Promise.resolve(people.has(who) ? { diasporaId: `id-of-${who}` } : null),
    register: (who: Jid) => {
      calls.push(`register ${who}`);
      return Promise.resolve({ diasporaId: `id-of-${who}` });
    },
    move: (who: Jid) => Promise.resolve({ diasporaId: who }),
    remove: (who: Jid) => {
      calls.push(`remove ${who}`);
      return Promise.resolve(new Date("2026-05-08T12:00:00Z"));
    },
  };
  return { calls, register: registerCommand(ports, policy), unregister: unregisterCommand(ports) };
}

test("who may not register is neither shown the form nor let in", async () => {
  const { calls, register } = bench([]);
  const eve = jid("eve@evil.example");
  const refused = (error: unknown): boolean => isDxError(error, "DX_REGISTRATION_REFUSED");
  assert.equal(await register.mayUse(eve), false);
  await assert.rejects(register.form(eve), refused);
  await assert.rejects(register.run(eve, {}, OCCASION), refused);
  assert.deepEqual(calls, []);
});

test("registering again says the same, and asks for what may have been lost", async () => {
  const alice = jid("alice@example.org");
  const fresh = bench([]);
  const said = await fresh.register.run(alice, {}, OCCASION);
  const again = bench([alice]);
  assert.equal(await again.register.run(alice, {}, OCCASION), said);
  assert.deepEqual(fresh.calls, ["register alice@example.org"]);
  assert.deepEqual(again.calls, ["register alice@example.org"]);
});

test("who takes part may see it and leave after the policy has changed", async () => {
  const eve = jid("eve@evil.example");
  const { calls, register, unregister } = bench([eve]);
  assert.match((await register.form(eve)).instructions, /id-of-eve@evil\.example/);
  assert.equal(await unregister.mayUse(eve), true);
  await unregister.run(eve, {}, OCCASION);
  assert.deepEqual(calls, ["remove eve@evil.example"]);
});

test("who does not take part cannot leave", async () => {
  const alice = jid("alice@example.org");
  const { calls, unregister } = bench([]);
  const refused = (error: unknown): boolean => isDxError(error, "DX_NOT_REGISTERED");
  assert.equal(await unregister.mayUse(alice), false);
  await assert.rejects(unregister.form(alice), refused);
  await assert.rejects(unregister.run(alice, {}, OCCASION), refused);
  assert.deepEqual(calls, []);
});

/**
 * What a real pod does, replayed: the sequences of diaspora-peers.md §7 that
 * test/fixtures/pods/README.md describes, in the order in which they came.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { record, text } from "../../support/peer-person.ts";
import {
  LOCALS,
  personNamed,
  PODS,
  podsBench,
  type LocalName,
  type Message,
  type PodName,
  type PodsBench,
  type Values,
} from "./pods-bench.ts";

const FIXTURES = new URL("../../fixtures/pods/", import.meta.url);

function among<T extends string>(names: readonly T[], name: unknown): T {
  const found = names.find((one) => one === name);
  if (found === undefined) throw new Error(`${String(name)} is none of ${names.join(", ")}`);
  return found;
}

const podNames = Object.keys(PODS).filter((name): name is PodName => Object.hasOwn(PODS, name));
const local = (name: unknown): LocalName => among(LOCALS, name);
const pod = (name: unknown): PodName => among(podNames, name);

/** What acts have made, by the names that the fixture gives it. */
type Made = Map<string, string>;

/** `$bob.id`, `$bob.guid`, `$post`. */
function filled(value: string, made: Made): string {
  return value.replace(/\$(\w+)(?:\.(id|guid))?/g, (_, name: string, part?: "id" | "guid") => {
    const found = part === undefined ? made.get(name) : personNamed(name)[part];
    if (found === undefined) throw new Error(`nothing is called ${name}`);
    return found;
  });
}

function valuesOf(value: unknown, made: Made): Values {
  return Object.fromEntries(
    Object.entries(record(value)).map(([name, one]) => [
      name,
      typeof one === "string" ? filled(one, made) : valuesOf(one, made),
    ]),
  );
}

function messageOf(value: unknown, made: Made): Message {
  const { from, to, entity, values, signed_by: signedBy, signed } = record(value);
  return {
    from: pod(from),
    to: to === undefined ? null : local(to),
    entity: text(entity),
    values: valuesOf(values, made),
    signedBy: signedBy === undefined ? null : pod(signedBy),
    signed: signed === undefined ? {} : valuesOf(signed, made),
  };
}

async function expectOfAll(
  expected: unknown,
  actual: (name: string) => Promise<unknown>,
  what: string,
): Promise<void> {
  for (const [name, value] of Object.entries(record(expected))) {
    assert.deepEqual(await actual(name), value, `${what} ${name}`);
  }
}

const STEPS: Readonly<
  Record<string, (bench: PodsBench, value: unknown, made: Made) => Promise<void>>
> = {
  receive: (bench, value, made) => bench.receive(messageOf(value, made)),
  async serve(bench, value, made) {
    const message = messageOf(value, made);
    bench.serve(message, text(message.values["guid"]));
    await Promise.resolve();
  },
  async act(bench, value, made) {
    const { who, do: what, on, words, as } = record(value);
    const target = on === undefined ? "" : filled(text(on), made);
    const said = words === undefined ? "" : text(words);
    const guid = await bench.act(local(who), text(what), target, said);
    if (as !== undefined && guid !== null) made.set(text(as), guid);
  },
  async arrives(bench, value) {
    assert.deepEqual(await bench.arrived(), value, "what came to pods");
  },
  async shows(bench, value) {
    await expectOfAll(value, (name) => bench.shown(local(name)), "what is shown to");
    await bench.seen();
  },
  async knows(bench, value) {
    const { of, for: reader, is } = record(value);
    assert.deepEqual(await bench.profile(text(of), local(reader)), is, "what is known of a person");
  },
  async attached(bench, value, made) {
    const { to, for: reader, are } = record(value);
    const found = await bench.attached(local(reader), filled(text(to), made));
    assert.deepEqual(found, are, "what is attached to the post");
  },
  async stands(bench, value, made) {
    const { below, for: reader, are } = record(value);
    const found = await bench.thread(local(reader), filled(text(below), made));
    assert.deepEqual(found, are, "what stands below the post");
  },
};

for (const file of readdirSync(FIXTURES).filter((name) => name.endsWith(".json"))) {
  const fixture = record(JSON.parse(readFileSync(new URL(file, FIXTURES), "utf8")));
  test(`${text(fixture["title"])} (${text(fixture["section"])})`, async (t) => {
    const bench = await podsBench(t);
    const made: Made = new Map();
    const steps: unknown[] = Array.isArray(fixture["steps"]) ? fixture["steps"] : [];
    assert.ok(steps.length > 1);
    for (const [index, step] of steps.entries()) {
      for (const [name, value] of Object.entries(record(step))) {
        const work = STEPS[name];
        assert.ok(work !== undefined, `step ${String(index + 1)} of ${file}: ${name}`);
        try {
          await work(bench, value, made);
        } catch (error) {
          throw new Error(`step ${String(index + 1)} of ${file}`, { cause: error });
        }
      }
    }
    assert.deepEqual(await bench.arrived(), [], "nothing goes out that the fixture does not name");
  });
}

/** Each entity with what it means, both ways: test/fixtures/translate. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { z } from "zod";
import type { Activity } from "../../../src/activitystreams/activity.ts";
import { DEFINITIONS } from "../../../src/salmon/entities/entity.ts";
import { readEntity } from "../../../src/salmon/entities/read.ts";
import { writeEntity } from "../../../src/salmon/entities/write.ts";
import { entityToActivity } from "../../../src/salmon/translate/from-entity.ts";
import { activityToEntity } from "../../../src/salmon/translate/to-entity.ts";
import { readXml } from "../../../src/xml/reader.ts";
import { alice } from "./people.ts";

const PAIRS = new URL("../../fixtures/translate/", import.meta.url);
const RECEIVED = new Date("2026-01-02T03:04:05Z");

const PAIR = z.object({
  came: z.enum(["public", "private"]),
  lost: z.array(z.string()),
  activity: z.looseObject({}),
});

const names = readdirSync(PAIRS)
  .filter((file) => file.endsWith(".json"))
  .map((file) => file.slice(0, -".json".length));

const textOf = (file: string): string => readFileSync(new URL(file, PAIRS), "utf8").trimEnd();

for (const name of names) {
  const { came, lost, activity } = PAIR.parse(JSON.parse(textOf(`${name}.json`)));
  const meaning = (xml: string): Activity =>
    entityToActivity(readEntity(readXml(xml), RECEIVED), {
      sender: alice.id,
      receivedAt: RECEIVED,
      audience: came === "public" ? "public" : "limited",
    });
  const read = (): Activity => meaning(textOf(`${name}.xml`));

  test(`${name}: what it means`, () => {
    // The dates as JSON writes them.
    assert.deepEqual(JSON.parse(JSON.stringify(read())), activity);
  });

  const loss = lost.length === 0 ? "to the byte" : `without: ${lost.join("; ")}`;
  test(`${name}: written again ${loss}`, () => {
    const written = writeEntity(activityToEntity(read(), alice.id));
    const expected = lost.length === 0 ? `${name}.xml` : `${name}.written.xml`;
    assert.equal(written, textOf(expected));
    assert.equal(existsSync(new URL(`${name}.written.xml`, PAIRS)), lost.length > 0);
    // What is lost is lost the first time.
    assert.equal(writeEntity(activityToEntity(meaning(written), alice.id)), written);
  });
}

test("there is a pair for every entity that says something by itself", () => {
  const parts = ["location", "poll", "poll_answer", "embed"];
  const shown = new Set(names.map((name) => name.replace(/-.*$/, "")));
  const missing = Object.keys(DEFINITIONS).filter((name) => !shown.has(name));
  assert.deepEqual(missing.sort(), parts.sort());
});

/** Entities of every type, made by their tables; not all of them obey the rules over several properties. */
import fc from "fast-check";
import type { Raw, RawValue } from "../../../src/salmon/entities/complete.ts";
import type { EntityDefinition, Property } from "../../../src/salmon/entities/property.ts";
import { guids, ids, times, urls, wild } from "./arbitrary-texts.ts";
import { alice, bob } from "./people.ts";

/** One of these obeys each rule over one property. */
const strings = fc.oneof(
  wild,
  guids,
  ids,
  urls,
  fc.constantFrom(
    ...["Post", "Comment", "accepted", "declined", "tentative", "Europe/Berlin", "2000-02-29"],
    ...["#a #b", `${alice.id};${bob.id}`, alice.publicPem],
  ),
);

function valueOf(name: string, { form }: Property<unknown>): fc.Arbitrary<RawValue> {
  // Whoever signs for the whole answers for its parts.
  if (name === "author") return fc.constant(alice.id);
  switch (form.type) {
    case "string":
      return strings.filter((text) => text !== "" && form.valid(text));
    case "boolean":
      return fc.boolean();
    case "integer":
      return fc.nat();
    case "timestamp":
      return times;
    case "entity":
      return rawOf(form.of);
    case "entities":
      return fc.array(rawOf(form.of), { minLength: form.least, maxLength: form.least + 2 });
  }
}

export function rawOf({ properties }: EntityDefinition): fc.Arbitrary<Raw> {
  const entries = Object.entries(properties);
  const values = entries.map(([name, property]) => [name, valueOf(name, property)] as const);
  const required = entries.filter(([, { nil }]) => nil === "refused").map(([name]) => name);
  return fc.record(Object.fromEntries(values), { requiredKeys: required, noNullPrototype: true });
}

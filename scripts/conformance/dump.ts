/** Entities in the two forms in which the vectors give them: properties, and the gem's JSON. */
import { DEFINITIONS, type Entity } from "../../src/salmon/entities/entity.ts";
import { isProperties } from "../../src/salmon/entities/property.ts";
import type { EntityDefinition, Properties, Value } from "../../src/salmon/entities/property.ts";
import { formatTimestamp } from "../../src/salmon/entities/values.ts";
import { defaultOrder } from "../../src/salmon/entities/write.ts";

/** What a vector says where the gem took the clock. */
export const TIME_OF_RECEIPT = "<time of receipt>";

/** A fraction is kept in memory, though never written. */
function dumpTime(time: Date, now: Date): string {
  if (time.getTime() === now.getTime()) return TIME_OF_RECEIPT;
  return time.getUTCMilliseconds() === 0 ? formatTimestamp(time) : time.toISOString();
}

function dumpValue(value: Value, now: Date): unknown {
  if (value instanceof Date) return dumpTime(value, now);
  if (Array.isArray(value)) return value.map((item: Properties) => dumpAll(item, now));
  return isProperties(value) ? dumpAll(value, now) : value;
}

function dumpAll(values: Properties, now: Date): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, dumpValue(value, now)]),
  );
}

export function dumpProperties({ properties, relay }: Entity, now: Date): Record<string, unknown> {
  const dumped = dumpAll(properties, now);
  if (relay === undefined || relay.unknown.size === 0) return dumped;
  return { ...dumped, additional_data: Object.fromEntries(relay.unknown) };
}

function jsonOf(definition: EntityDefinition, values: Properties): Record<string, unknown> {
  const data: Record<string, unknown> = {};
  for (const [name, { form, nil }] of Object.entries(definition.properties)) {
    const value = values[name] ?? null;
    if (value === null && nil === "omitted" && name !== "author_signature") continue;
    if (value === null) data[name] = "";
    else if (value instanceof Date) data[name] = formatTimestamp(value);
    else if (form.type === "entity" && isProperties(value)) data[name] = jsonOf(form.of, value);
    else if (form.type === "entities" && Array.isArray(value)) {
      data[name] = value.map((item: Properties) => jsonOf(form.of, item));
    } else data[name] = value;
  }
  return { entity_type: definition.name, entity_data: data };
}

export function gemJson({ type, properties, relay }: Entity): Record<string, unknown> {
  const definition: EntityDefinition = DEFINITIONS[type];
  const json = jsonOf(definition, properties);
  if (definition.relayable === undefined) return json;
  const unknown = Object.fromEntries(relay?.unknown ?? []);
  return {
    entity_type: type,
    entity_data: { ...Object(json["entity_data"]), ...unknown },
    property_order: relay?.order ?? defaultOrder(definition, properties),
  };
}

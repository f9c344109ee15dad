/**
 * From raw values to an entity that may be believed: defaults filled in, every rule of the
 * table checked (diaspora-protocol.md §3, validators/*.rb of the gem). The one door, for
 * what came by XML and for what is made here.
 */
import { DxError } from "../../errors/error.ts";
import { stripIllegal } from "../../xml/serialise.ts";
import { DEFINITIONS } from "./entity.ts";
import type { EntityName, EntityNamed, RelayParts } from "./entity.ts";
import type { EntityDefinition, Properties, Property, Scalar, Value } from "./property.ts";

/** Values before they are checked; undefined is an element that was not there. */
export interface Raw {
  readonly [name: string]: Scalar | Raw | readonly Raw[] | null | undefined;
}
/** One of {@link Raw}. */
export type RawValue = Raw[string];

function broken(definition: EntityDefinition, name: string, why: string): DxError {
  return new DxError("DX_ENTITY_INVALID", { detail: `${definition.name}.${name} ${why}` });
}

function initialValue({ initial }: Property<unknown>, raw: Raw, now: Date): RawValue {
  if (initial === "now") return now;
  if (initial === "author") return raw["author"];
  return initial === "empty list" ? [] : initial;
}

function isRaw(value: RawValue): value is Raw {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date)
  );
}

const SCALARS: Readonly<Record<"boolean" | "integer" | "timestamp", (value: RawValue) => boolean>> =
  {
    boolean: (value) => typeof value === "boolean",
    integer: (value) => Number.isFinite(value) && Number(value) >= 0,
    timestamp: (value) => value instanceof Date && !Number.isNaN(value.getTime()),
  };

/** The value in its own type, or undefined when it breaks the rule. Nested entities are completed. */
function checked({ form }: Property<unknown>, value: RawValue, now: Date): Value | undefined {
  switch (form.type) {
    case "string": {
      if (typeof value !== "string") return undefined;
      // §3: characters that XML 1.0 forbids are replaced before signing.
      const text = stripIllegal(value);
      return form.valid(text) ? text : undefined;
    }
    case "entity":
      return isRaw(value) ? complete(form.of, value, now) : undefined;
    case "entities": {
      if (!Array.isArray(value) || value.length < form.least) return undefined;
      return value.map((item: Raw) => complete(form.of, item, now));
    }
    default:
      return isScalar(value) && SCALARS[form.type](value) ? value : undefined;
  }
}

function isScalar(value: RawValue): value is Scalar {
  return (
    value instanceof Date || (value !== null && typeof value !== "object" && value !== undefined)
  );
}

/** The gem's nilify: an empty string is no value. */
function isNil(value: RawValue): value is null | undefined | "" {
  return value === undefined || value === null || value === "";
}

function completeOne(
  definition: EntityDefinition,
  name: string,
  property: Property<unknown>,
  raw: Raw,
  now: Date,
): Value {
  const given = raw[name] === undefined ? initialValue(property, raw, now) : raw[name];
  if (given === undefined && property.nil !== "omitted") {
    throw broken(definition, name, "is missing");
  }
  if (isNil(given)) {
    if (property.nil === "refused") throw broken(definition, name, "is empty");
    return null;
  }
  const value = checked(property, given, now);
  if (value === undefined) throw broken(definition, name, "breaks its rule");
  return value;
}

/** Throws DX_ENTITY_INVALID, naming the property and never its value. */
export function complete(definition: EntityDefinition, raw: Raw, now: Date): Properties {
  const values: Record<string, Value> = {};
  for (const [name, property] of Object.entries(definition.properties)) {
    values[name] = completeOne(definition, name, property, raw, now);
  }
  const conflict = definition.check?.(values) ?? null;
  if (conflict !== null) throw broken(definition, conflict, "do not go together");
  return values;
}

/**
 * An entity from values, by the wire's own names: those of the caller, or those that
 * readEntity found in XML. What is left out gets its default, every rule is checked.
 * @param now - what `created_at` is where it is left out
 * @param relay - of a relayable that came from elsewhere: what its author signed beside
 * @throws {DxError} `DX_ENTITY_INVALID`, naming the property and never its value
 */
export function makeEntity<N extends EntityName>(
  type: N,
  raw: Raw,
  now: Date,
  relay?: RelayParts,
): EntityNamed<N> {
  const properties = complete(DEFINITIONS[type], raw, now);
  // The validated border: complete() has checked each value against the table of this type,
  // and the types are made from the same table.
  return { type, properties, ...(relay === undefined ? {} : { relay }) } as EntityNamed<N>;
}

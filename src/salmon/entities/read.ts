/**
 * From the payload's XML to an entity, with the tolerances of the gem's reader
 * (diaspora-protocol.md §3): any order, any white space between, the first of a repeated
 * element, unknown elements ignored, an empty nested element as good as none.
 */
import { DxError } from "../../errors/error.ts";
import { childElements, textOf, type XmlElement } from "../../xml/element.ts";
import { makeEntity, type Raw, type RawValue } from "./complete.ts";
import { DEFINITIONS, isEntityName, type Entity, type RelayParts } from "./entity.ts";
import { elementName, type EntityDefinition, type Property } from "./property.ts";
import { parseBoolean, parseInteger, parseTimestamp } from "./values.ts";

// The module names beside the entities' in the gem's namespace: they resolve there, to nothing
// that could be received.
const HELPERS = new Set(["Post", "RelatedEntity", "Relayable", "Signable"]);

function className(name: string): string {
  return name
    .replace(/^[a-z]/, (c) => c.toUpperCase())
    .replace(/_([a-z])/g, (_, c: string) => c.toUpperCase());
}

const BY_CLASS = new Map(Object.keys(DEFINITIONS).map((name) => [className(name), name]));

/**
 * The gem's class for a root element's name: `_comment` is a Comment too. Throws
 * DX_ENTITY_NAME_INVALID or DX_ENTITY_UNKNOWN.
 */
export function entityClassName(name: string): string {
  if (name === "" || !/^[a-z]*(?:_[a-z]*)*$/.test(name))
    throw new DxError("DX_ENTITY_NAME_INVALID");
  const found = className(name);
  if (BY_CLASS.has(found) || HELPERS.has(found)) return found;
  throw new DxError("DX_ENTITY_UNKNOWN");
}

function filled(element: XmlElement | undefined): element is XmlElement {
  return element !== undefined && childElements(element).length > 0;
}

function readProperty(property: Property<unknown>, elements: readonly XmlElement[]): RawValue {
  const { form } = property;
  const [first] = elements;
  if (first === undefined) return undefined;
  switch (form.type) {
    case "string":
      return textOf(first);
    case "boolean":
      return parseBoolean(textOf(first));
    case "integer":
      return parseInteger(textOf(first));
    case "timestamp":
      return parseTimestamp(textOf(first));
    case "entity":
      return filled(first) ? readProperties(form.of, first) : undefined;
    case "entities":
      return elements.filter(filled).map((element) => readProperties(form.of, element));
  }
}

function readProperties(definition: EntityDefinition, element: XmlElement): Raw {
  // Names as written: a prefix makes another name, a default namespace does not.
  const byName = Map.groupBy(childElements(element), (child) => child.name);
  const raw: Record<string, RawValue> = {};
  for (const [name, property] of Object.entries(definition.properties)) {
    raw[name] = readProperty(property, byName.get(elementName(name, property)) ?? []);
  }
  return raw;
}

/**
 * §5: the author signed every element whose name does not contain `signature`, known or not.
 * Two of one name are refused here: the gem signs the first of them, Friendica both, and
 * 10,000 of one long text would make a signed text that fits into no string.
 */
function relayParts(definition: EntityDefinition, element: XmlElement): RelayParts {
  const order = new Set<string>();
  const unknown = new Map<string, string>();
  for (const child of childElements(element)) {
    // Without prefix, as the gem relays it: written again, a prefix would belong to nothing.
    const name = child.local;
    if (name.includes("signature")) continue;
    if (order.has(name)) {
      throw new DxError("DX_ENTITY_INVALID", { detail: `${definition.name} has an element twice` });
    }
    order.add(name);
    if (!Object.hasOwn(definition.properties, name)) unknown.set(name, textOf(child));
  }
  return { order: [...order], unknown };
}

/**
 * The entity in a payload, in today's form (§3).
 * @param now - what `created_at` is where it is missing
 * @throws {DxError} `DX_ENTITY_NAME_INVALID`, `DX_ENTITY_UNKNOWN` or `DX_ENTITY_INVALID`
 */
export function readEntity(element: XmlElement, now: Date): Entity {
  const { name } = element;
  const type = isEntityName(name) ? name : BY_CLASS.get(entityClassName(name));
  if (type === undefined || !isEntityName(type)) throw new DxError("DX_ENTITY_UNKNOWN");
  // The class of `_comment` is Comment, whose parser then wants a `comment`.
  if (element.name !== type) throw new DxError("DX_ENTITY_NAME_INVALID");
  const definition: EntityDefinition = DEFINITIONS[type];
  const raw = readProperties(definition, element);
  const relay = definition.relayable === undefined ? undefined : relayParts(definition, element);
  return makeEntity(type, raw, now, relay);
}

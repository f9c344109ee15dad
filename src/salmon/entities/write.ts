/**
 * From an entity to its XML, byte for byte as the gem writes it (diaspora-protocol.md §3):
 * properties in the table's order, nil left out or empty, and for relayables in the order
 * that the author signed, with the elements that nobody here knows at their places (§5).
 */
import { el, type XmlElement } from "../../xml/element.ts";
import { serialiseIndented } from "../../xml/serialise.ts";
import { DEFINITIONS, type Entity } from "./entity.ts";
import { elementName, isProperties } from "./property.ts";
import type { EntityDefinition, Properties, Value } from "./property.ts";
import { formatTimestamp } from "./values.ts";

/** A scalar as text; nil is the empty text. */
export function formatScalar(value: Value | undefined): string {
  if (value instanceof Date) return formatTimestamp(value);
  return value === undefined || typeof value === "object" ? "" : String(value);
}

function propertyElements(definition: EntityDefinition, values: Properties): XmlElement[] {
  return Object.keys(definition.properties).flatMap((name) =>
    elementsOf(definition, name, values[name] ?? null),
  );
}

function elementsOf(definition: EntityDefinition, name: string, value: Value): XmlElement[] {
  const property = definition.properties[name];
  if (property === undefined || (value === null && property.nil === "omitted")) return [];
  const { form } = property;
  if (form.type === "entities") {
    const items = Array.isArray(value) ? value : [];
    return items.map((item: Properties) => entityElement(form.of, item));
  }
  if (isProperties(value)) return form.type === "entity" ? [entityElement(form.of, value)] : [];
  const text = formatScalar(value);
  return [text === "" ? el(name) : el(elementName(name, property), {}, text)];
}

function entityElement(definition: EntityDefinition, values: Properties): XmlElement {
  return el(definition.name, {}, propertyElements(definition, values));
}

/** The names that are written, and signed, when nobody has settled another order. */
export function defaultOrder(definition: EntityDefinition, values: Properties): string[] {
  return Object.entries(definition.properties)
    .filter(
      ([name, { nil }]) =>
        name !== "author_signature" && (values[name] !== null || nil === "written"),
    )
    .map(([name]) => name);
}

function relayableElement(entity: Entity, definition: EntityDefinition): XmlElement {
  const values: Properties = entity.properties;
  const order = entity.relay?.order ?? defaultOrder(definition, values);
  const children = order.map((name) => {
    const text = relayText(entity, name);
    return text === "" ? el(name) : el(name, {}, text);
  });
  const signature = elementsOf(definition, "author_signature", values["author_signature"] ?? null);
  return el(definition.name, {}, children, signature);
}

function relayText({ properties, relay }: Entity, name: string): string {
  const values: Properties = properties;
  return relay?.unknown.get(name) ?? formatScalar(values[name]);
}

/**
 * What a relayable's author signs (§5): all values in document order, joined by `;`, known
 * ones in their normal form.
 */
export function relayableSignedText(entity: Entity): string {
  const order = entity.relay?.order ?? defaultOrder(DEFINITIONS[entity.type], entity.properties);
  return order.map((name) => relayText(entity, name)).join(";");
}

export function entityXml(entity: Entity): XmlElement {
  const definition: EntityDefinition = DEFINITIONS[entity.type];
  return definition.relayable === undefined
    ? entityElement(definition, entity.properties)
    : relayableElement(entity, definition);
}

/** The payload of a magic envelope, as the gem writes it: no declaration, indented by two. */
export function writeEntity(entity: Entity): string {
  return serialiseIndented(entityXml(entity));
}

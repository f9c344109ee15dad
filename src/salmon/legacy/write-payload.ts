/**
 * COMPAT(diaspora* < 0.7): an entity as gem v0.1.9 wrote it (diaspora-protocol.md §3.1, §7):
 * old names, the old order, every nil an empty element, and the wrapper around it. What came
 * into the protocol later is left out.
 */
import type { KeyObject } from "node:crypto";
import type { Guid } from "../../activitystreams/ids.ts";
import { DxError } from "../../errors/error.ts";
import { el, type XmlElement } from "../../xml/element.ts";
import { serialiseIndented } from "../../xml/serialise.ts";
import { makeEntity } from "../entities/complete.ts";
import { DEFINITIONS, isEntityName, type Entity, type RelayParts } from "../entities/entity.ts";
import { isProperties, type Form, type Properties } from "../entities/property.ts";
import { isLegacyName, isSignature, LAYOUTS, type Layout, type LegacyName } from "./layouts.ts";
import { legacyOrder, legacyText, signLegacy, type SignaturesOf } from "./sign.ts";

interface Values {
  readonly name: LegacyName;
  readonly properties: Properties;
  readonly relay?: RelayParts;
}

function leaf(name: string, text: string): XmlElement {
  return text === "" ? el(name) : el(name, {}, text);
}

function formOf(name: LegacyName, property: string): Form | undefined {
  if (!isEntityName(name)) return undefined;
  const table: Readonly<Record<string, { readonly form: Form }>> = DEFINITIONS[name].properties;
  return table[property]?.form;
}

function nested(value: Properties[string] | undefined): readonly Properties[] {
  if (isProperties(value)) return [value];
  return Array.isArray(value) ? value.map((item: Properties) => item) : [];
}

function propertyElements(values: Values, property: string, signed: SignaturesOf): XmlElement[] {
  const { name, properties, relay } = values;
  const layout: Layout = LAYOUTS[name];
  const form = formOf(name, property);
  if (form?.type === "entity" || form?.type === "entities") {
    const inner = form.of.name;
    if (!isLegacyName(inner)) return [];
    return nested(properties[property]).map((item) =>
      legacyElement({ name: inner, properties: item }, signed),
    );
  }
  if (isSignature(property)) return [leaf(property, signed(properties)[property] ?? "")];
  // What nobody here knows has no older name, and may be called `constructor`.
  const unknown = relay?.unknown.get(property);
  if (unknown !== undefined) return [leaf(property, unknown)];
  return [leaf(layout[property] ?? property, legacyText(name, property, properties))];
}

function legacyElement(values: Values, signed: SignaturesOf): XmlElement {
  const { name, relay } = values;
  const properties = Object.keys(LAYOUTS[name]);
  // A relayable's own order ends where its signatures begin.
  const order =
    relay === undefined
      ? properties
      : [...legacyOrder(name, relay), ...properties.filter(isSignature)];
  return el(
    name,
    {},
    order.flatMap((property) => propertyElements(values, property, signed)),
  );
}

/** The entity under this name. Throws DX_ENTITY_UNSUPPORTED when there was no such thing. */
export function legacyXml(
  { properties, relay }: Entity,
  name: string,
  signaturesOf: SignaturesOf,
): XmlElement {
  if (!isLegacyName(name)) {
    throw new DxError("DX_ENTITY_UNSUPPORTED", { evidence: { entity: name } });
  }
  return legacyElement(
    { name, properties, ...(relay === undefined ? {} : { relay }) },
    signaturesOf,
  );
}

/** The payload of a slap. */
export function wrapPayload(entity: XmlElement): string {
  return serialiseIndented(el("XML", {}, el("post", {}, entity)));
}

const OF_RELAYABLES = new Set(["Comment", "Like", "PollParticipation"]);
const OF_POSTS = new Set(["Post", "StatusMessage", "Reshare"]);

function nameOf(entity: Entity): string {
  if (entity.type === "contact") return "request";
  if (entity.type !== "retraction") return entity.type;
  const { target_type: target } = entity.properties;
  if (OF_RELAYABLES.has(target)) return "relayable_retraction";
  return OF_POSTS.has(target) ? "signed_retraction" : "retraction";
}

/** What 0.5 and 0.6 both know: sharing ended when a person took the own person back. */
function asOfOld(entity: Entity, author: Guid): Entity {
  if (entity.type === "contact") {
    const { author: id, following, sharing } = entity.properties;
    if (following || sharing) return entity;
    const person = { author: id, target_guid: author, target_type: "Person" };
    // It has no time that could be missing.
    return makeEntity("retraction", person, new Date(0));
  }
  const { author_signature: signature }: Properties = entity.properties;
  // 0.5 reads no order but the fixed one.
  if (signature !== null) return entity;
  const { relay: _order, ...own } = entity;
  return own;
}

export interface LegacyAuthor {
  readonly guid: Guid;
  readonly key: KeyObject;
}

/** The payload of a slap that this person sends, with all signatures inside. */
export async function writeLegacyPayload(entity: Entity, author: LegacyAuthor): Promise<string> {
  const old = asOfOld(entity, author.guid);
  const signaturesOf = await signLegacy(old, author.key);
  return wrapPayload(legacyXml(old, nameOf(old), signaturesOf));
}

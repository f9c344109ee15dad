/**
 * COMPAT(diaspora* < 0.7): what was inside a slap (diaspora-protocol.md §7): the entity in
 * its wrapper `<XML><post>…`, under its old names, or as one that has another name today. It
 * is turned into today's form element by element, so that one reader reads both and a
 * relayable's signed text, which has values and no names, stays what it was.
 */
import { childElements, el, isElement, textOf, type XmlElement } from "../../xml/element.ts";
import type { Entity } from "../entities/entity.ts";
import { readEntity } from "../entities/read.ts";
import { isLegacyName, LAYOUTS, type LegacyName } from "./layouts.ts";

export interface LegacyPayload {
  readonly entity: Entity;
  /** By which the author of the post vouched for what was relayed; null when empty or absent. */
  readonly parentAuthorSignature: string | null;
}

const NEW_NAMES = new Map(
  Object.entries(LAYOUTS).map(([name, layout]) => [
    name,
    new Map(Object.entries(layout).map(([property, element]) => [element, property])),
  ]),
);

/** Lists have the name of their items, before and after. */
function newName(parent: LegacyName, child: XmlElement): string {
  return isLegacyName(child.name)
    ? child.name
    : (NEW_NAMES.get(parent)?.get(child.name) ?? child.name);
}

/** An old name beside the new one is an unknown element, which was signed as such. */
function renamed(element: XmlElement): XmlElement {
  const { name: parent } = element;
  if (!isLegacyName(parent)) return element;
  const there = new Set(childElements(element).map(({ name }) => name));
  const children = element.children.map((node) => {
    if (!isElement(node)) return node;
    const inner = renamed(node);
    const name = newName(parent, node);
    return there.has(name) ? inner : { ...inner, name, local: name };
  });
  return { ...element, children };
}

/** §7: `request` is the start of sharing, and says nothing else. */
function contactFrom(request: XmlElement): XmlElement {
  const people = childElements(request).filter(({ name }) => Object.hasOwn(LAYOUTS.request, name));
  return el("contact", {}, people, el("following", {}, "true"), el("sharing", {}, "true"));
}

function modern(element: XmlElement): XmlElement {
  const entity = renamed(element);
  switch (element.name) {
    case "request":
      return contactFrom(entity);
    // §7: what they signed beside the envelope is not looked at, as in 0.1 and 0.2.
    case "signed_retraction":
    case "relayable_retraction":
      return { ...entity, name: "retraction", local: "retraction" };
    default:
      return entity;
  }
}

/** The first element of `<post>`, when the root is the wrapper and there is one. */
function wrapped(root: XmlElement): XmlElement | undefined {
  if (root.name !== "XML") return undefined;
  const post = childElements(root).find(({ name }) => name === "post");
  return post === undefined ? undefined : childElements(post)[0];
}

export function isWrapped(root: XmlElement): boolean {
  return wrapped(root) !== undefined;
}

/** The entity's element as it was written, without the wrapper. */
export function unwrapped(root: XmlElement): XmlElement {
  return wrapped(root) ?? root;
}

/** Throws like readEntity. */
export function readLegacyPayload(root: XmlElement, now: Date): LegacyPayload {
  const element = unwrapped(root);
  const signature = childElements(element).find(({ name }) => name === "parent_author_signature");
  return {
    entity: readEntity(modern(element), now),
    parentAuthorSignature: textOf(signature) || null,
  };
}

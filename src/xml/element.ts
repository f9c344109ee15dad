/**
 * The element that everything here builds and reads: an immutable tree, the same for
 * stanzas and for documents that came by HTTP. Where it comes from differs (ltx for
 * the stream, saxes for foreign documents); what it is does not.
 */
export type XmlNode = XmlElement | string;

/** An element as it was read, or is to be written. */
export interface XmlElement {
  /** As written, with its prefix: `me:env`, `entry`. */
  readonly name: string;
  /** The part behind the colon. */
  readonly local: string;
  /** The namespace in scope, "" where there is none. */
  readonly ns: string;
  /** Attributes as written, namespace declarations included. */
  readonly attrs: Readonly<Record<string, string>>;
  readonly children: readonly XmlNode[];
}

type AttrValue = string | number | boolean | undefined | null;
type ChildArgument = XmlNode | number | null | undefined | readonly (XmlNode | null | undefined)[];

/**
 * Builds an element. Attributes and children that are null or undefined are left out.
 * A child without an `xmlns` of its own takes its parent's namespace, as it does in the
 * document that comes out.
 */
export function el(
  name: string,
  attrs: Readonly<Record<string, AttrValue>> = {},
  ...children: readonly ChildArgument[]
): XmlElement {
  // Loops, not the iterators that would be shorter: everything that goes out is built here.
  const kept: Record<string, string> = {};
  for (const key in attrs) {
    const value = attrs[key];
    if (value !== undefined && value !== null) kept[key] = String(value);
  }
  return element(name, kept, nodesOf(children), "");
}

function nodesOf(children: readonly ChildArgument[]): XmlNode[] {
  const nodes: XmlNode[] = [];
  for (const child of children) {
    if (child === null || child === undefined) continue;
    if (typeof child === "string") nodes.push(child);
    else if (typeof child === "number") nodes.push(String(child));
    else if ("name" in child) nodes.push(child);
    else for (const node of child) if (node !== null && node !== undefined) nodes.push(node);
  }
  return nodes;
}

/** The same from parts that are final already; `inherited` is the default namespace in scope. */
export function element(
  name: string,
  attrs: Readonly<Record<string, string>>,
  children: readonly XmlNode[],
  inherited: string,
): XmlElement {
  const colon = name.indexOf(":");
  const prefix = colon < 0 ? "" : name.slice(0, colon);
  const ns = prefix === "" ? (attrs["xmlns"] ?? inherited) : (attrs[`xmlns:${prefix}`] ?? "");
  const inScope = attrs["xmlns"] ?? inherited;
  return {
    name,
    local: colon < 0 ? name : name.slice(colon + 1),
    ns,
    attrs,
    children: inScope === "" ? children : inheriting(children, inScope, attrs),
  };
}

/** The same list where all of it has its namespace already. */
function inheriting(
  children: readonly XmlNode[],
  ns: string,
  declared: Readonly<Record<string, string>>,
): readonly XmlNode[] {
  let changed: XmlNode[] | null = null;
  for (const [place, node] of children.entries()) {
    const inherited = inheritNamespace(node, ns, declared);
    if (inherited === node) continue;
    changed ??= [...children];
    changed[place] = inherited;
  }
  return changed ?? children;
}

function inheritNamespace(
  node: XmlNode,
  ns: string,
  declared: Readonly<Record<string, string>>,
): XmlNode {
  if (typeof node === "string") return node;
  if (node.name.includes(":")) {
    const prefix = node.name.slice(0, node.name.indexOf(":"));
    const bound = node.ns === "" ? declared[`xmlns:${prefix}`] : undefined;
    return bound === undefined ? node : { ...node, ns: bound };
  }
  if (node.ns !== "" || node.attrs["xmlns"] !== undefined) return node;
  const { name, local, attrs, children } = node;
  return { name, local, ns, attrs, children: inheriting(children, ns, declared) };
}

export function isElement(node: XmlNode): node is XmlElement {
  return typeof node !== "string";
}

export function childElements(parent: XmlElement): XmlElement[] {
  return parent.children.filter(isElement);
}

/** The first child of this local name, in this namespace where one is given. */
export function child(
  parent: XmlElement | undefined,
  local: string,
  ns?: string,
): XmlElement | undefined {
  return parent?.children.find(
    (node): node is XmlElement =>
      isElement(node) && node.local === local && (ns === undefined || node.ns === ns),
  );
}

export function childrenNamed(parent: XmlElement, local: string, ns?: string): XmlElement[] {
  return childElements(parent).filter(
    (node) => node.local === local && (ns === undefined || node.ns === ns),
  );
}

/** All text below, in document order. */
export function textOf(node: XmlElement | undefined): string {
  if (node === undefined) return "";
  let text = "";
  for (const part of node.children) text += typeof part === "string" ? part : textOf(part);
  return text;
}

export function childText(
  parent: XmlElement | undefined,
  local: string,
  ns?: string,
): string | undefined {
  const found = child(parent, local, ns);
  return found === undefined ? undefined : textOf(found);
}

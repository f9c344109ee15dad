/**
 * The test peer's own XML: reading and writing with xmldom, which nothing in src/ uses, so
 * that a mistake of the project's reader or writer is not made twice.
 */
import { DOMImplementation, DOMParser, onErrorStopParsing, XMLSerializer } from "@xmldom/xmldom";
import type { Document, Element } from "@xmldom/xmldom";

export interface Tree {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly (string | Tree)[];
}

export function node(
  name: string,
  attributes: Readonly<Record<string, string>>,
  ...children: readonly (string | Tree)[]
): Tree {
  return { name, attributes, children };
}

/** Well-formed, without a document type; throws otherwise. */
export function parseXml(text: string): Element {
  const document = new DOMParser({ onError: onErrorStopParsing }).parseFromString(
    text,
    "application/xml",
  );
  if (document.doctype !== null) throw new Error("the document has a document type");
  const root = document.documentElement;
  if (root === null) throw new Error("the document has no root");
  return root;
}

export function parseHtml(text: string): Element {
  const root = new DOMParser({ onError: () => undefined }).parseFromString(
    text,
    "text/html",
  ).documentElement;
  if (root === null) throw new Error("the page is empty");
  return root;
}

/** No declaration, no indentation. */
export function writeXml(tree: Tree, namespace: string | null = null): string {
  const document = new DOMImplementation().createDocument(namespace, tree.name);
  const root = document.documentElement;
  if (root === null) throw new Error("xmldom made no root");
  fill(document, root, tree, namespace);
  return new XMLSerializer().serializeToString(document);
}

function fill(document: Document, element: Element, tree: Tree, namespace: string | null): void {
  for (const [name, value] of Object.entries(tree.attributes)) element.setAttribute(name, value);
  for (const child of tree.children) {
    if (typeof child === "string") {
      element.appendChild(document.createTextNode(child));
      continue;
    }
    const made = document.createElementNS(namespace, child.name);
    fill(document, made, child, namespace);
    element.appendChild(made);
  }
}

export function elementsOf(parent: Element): Element[] {
  return [...parent.childNodes].filter((node): node is Element => isElement(node));
}

function isElement(node: { readonly nodeType: number }): boolean {
  return node.nodeType === 1;
}

/** The first element anywhere below that carries this class. */
export function firstOfClass(root: Element, name: string): Element | null {
  for (const element of elementsOf(root)) {
    const classes = (element.getAttribute("class") ?? "").split(/\s+/);
    const found = classes.includes(name) ? element : firstOfClass(element, name);
    if (found !== null) return found;
  }
  return null;
}

/**
 * An element of which the text is kept instead of the tree: what goes out often is written once.
 * As a tree an entry takes some six times the memory.
 */
import type { XmlElement, XmlNode } from "./element.ts";

export interface WrittenText {
  readonly text: string;
  /** UTF-8. */
  readonly bytes: number;
}

const texts = new WeakMap<XmlElement, WrittenText>();

/**
 * The same element; `text` is how it is written, by itself, so that its namespaces must be
 * declared in it. Its children are read from the text again when somebody looks.
 */
export function asWritten(
  { name, local, ns, attrs }: XmlElement,
  text: string,
  read: (text: string) => XmlElement,
): XmlElement {
  const element: XmlElement = {
    name,
    local,
    ns,
    attrs,
    // Own and enumerable: it is there in copies that change something else.
    get children(): readonly XmlNode[] {
      return read(text).children;
    },
  };
  texts.set(element, { text, bytes: Buffer.byteLength(text) });
  return element;
}

export function writtenText(element: XmlElement): WrittenText | undefined {
  return texts.get(element);
}

/**
 * What a text is made of beside its words: emphasis, links, pictures, headings, lists. By it
 * two forms of one text are compared of which one may have lost something.
 */
import { isElement, type XmlElement } from "../xml/element.ts";

const SAME: Readonly<Record<string, string>> = { b: "strong", i: "em", del: "s" };
/** They divide, or say nothing by themselves. */
const NO_MARKS = new Set("p br div span tbody thead".split(" "));

/** Whether each mark of `wanted` is in `text` too, as often. Expects sanitised trees. */
export function hasMarksOf(text: XmlElement, wanted: XmlElement): boolean {
  const left = new Map<string, number>();
  for (const mark of marksOf(text)) left.set(mark, (left.get(mark) ?? 0) + 1);
  for (const mark of marksOf(wanted)) {
    const count = left.get(mark) ?? 0;
    if (count === 0) return false;
    left.set(mark, count - 1);
  }
  return true;
}

function* marksOf(node: XmlElement): Generator<string> {
  for (const child of node.children) {
    if (!isElement(child)) continue;
    const name = SAME[child.local] ?? child.local;
    if (!NO_MARKS.has(name)) yield `${name} ${child.attrs["href"] ?? child.attrs["src"] ?? ""}`;
    yield* marksOf(child);
  }
}

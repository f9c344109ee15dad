/** The frame of the few plain pages that strangers see: no scripts, no styles. */
import { el, type XmlElement } from "../xml/element.ts";
import { serialiseHtml } from "../xml/serialise.ts";

export const HTML_TYPE = "text/html; charset=utf-8";

export function htmlPage(title: string, ...body: readonly XmlElement[]): string {
  const head = el(
    "head",
    {},
    el("meta", { charset: "utf-8" }),
    el("meta", { name: "viewport", content: "width=device-width, initial-scale=1" }),
    el("title", {}, title),
  );
  return serialiseHtml(el("html", { lang: "en" }, head, el("body", {}, body)));
}

/** What must hold of all that goes to XMPP, by a reader that shares nothing with src/. */
import { XMLSerializer, type Element } from "@xmldom/xmldom";
import type { XmlElement } from "../../../src/xml/element.ts";
import { serialise } from "../../../src/xml/serialise.ts";
import { elementsOf, parseXml } from "../../support/peer-xml.ts";

const NS_XHTML = "http://www.w3.org/1999/xhtml";
const NS_DIASPORA_X = "urn:diaspora-x:0";
const NS_ONESOCIALWEB = "http://onesocialweb.org/spec/1.0/";
const ACTIVE = new Set(
  "script style iframe object embed svg math link meta base form input button".split(" "),
);
const SAFE_ADDRESS = /^(?:https?|xmpp|mailto|diaspora|web\+diaspora|tag|urn|geo):|^[#/?.]|^$/i;

function parsed(text: string): Element | string {
  try {
    return parseXml(text);
  } catch (error) {
    return `written, but it is no XML: ${String(error)}`;
  }
}

function unsafeAttribute(name: string, value: string, isHtml: boolean): string | null {
  if (isHtml && (/^on/i.test(name) || name === "style")) return `the attribute ${name} is shown`;
  const isAddress = name === "href" || name === "src";
  const leads = isAddress && !SAFE_ADDRESS.test(value.trim());
  return leads ? `it leads to ${value.slice(0, 40)}` : null;
}

function unsafe(element: Element): string | null {
  const isHtml = element.namespaceURI === NS_XHTML;
  if (isHtml && ACTIVE.has((element.localName ?? "").toLowerCase())) {
    return `<${element.tagName}/> is shown`;
  }
  const own = [...element.attributes].map(({ name, value }) =>
    unsafeAttribute(name, value, isHtml),
  );
  return firstOf([...own, ...elementsOf(element).map(unsafe)]);
}

function firstOf(faults: readonly (string | null)[]): string | null {
  return faults.find((fault) => fault !== null) ?? null;
}

/** Of an entry or a card that people are shown. */
export function shownFault(text: string, maxBytes: number): string | null {
  if (Buffer.byteLength(text) > maxBytes) return "larger than it may be";
  const root = parsed(text);
  return typeof root === "string" ? root : unsafe(root);
}

const writtenAs = (element: Element): string => new XMLSerializer().serializeToString(element);

/** An entry with any mark of not being for everybody is for nobody else. */
export function privacyFault(text: string, isPublic: boolean): string | null {
  if (!isPublic) return null;
  const root = parsed(text);
  // What this reader refuses and the other takes is told apart elsewhere.
  if (typeof root === "string") return null;
  const marks = elementsOf(root);
  const limited = marks.some(
    (mark) =>
      mark.localName === "access" &&
      mark.namespaceURI === NS_DIASPORA_X &&
      mark.getAttribute("audience") === "limited",
  );
  if (limited) return "marked as limited, and public";
  const rules = marks.filter(
    (mark) => mark.localName === "acl-rule" && mark.namespaceURI === NS_ONESOCIALWEB,
  );
  const isOpen = rules.length === 0 || rules.some((rule) => /everyone/i.test(writtenAs(rule)));
  return isOpen ? null : "nobody is granted, and public";
}

/** RFC 6120 §8.2.3: what asks is answered once, whoever asks; what answers never. */
export function answerFault(
  stanza: XmlElement,
  sent: readonly XmlElement[],
  domain: string,
): string | null {
  const broken = sent.map((one) => parsed(serialise(one))).find((one) => typeof one === "string");
  if (broken !== undefined) return broken;
  const { type } = stanza.attrs;
  const isFinal = type === "error" || (stanza.local === "iq" && type === "result");
  if (isFinal) return sent.length > 0 ? "an answer is answered" : null;
  if (sent.length > 5) return `${String(sent.length)} stanzas for one`;
  return stanza.local === "iq" ? questionFault(stanza, sent, domain) : null;
}

/** Where it is plain whose question it is, and to whom. */
function questionFault(
  { attrs: { from = "", to = "", id } }: XmlElement,
  sent: readonly XmlElement[],
  domain: string,
): string | null {
  if (!/^[a-z]+@[a-z.]+(\/[a-z]+)?$/.test(from) || to !== domain) return null;
  const answers = sent.filter(({ local }) => local === "iq");
  if (answers.length !== 1) return `${String(answers.length)} answers`;
  const goesBack = answers.every(
    ({ attrs }) => attrs["to"] === from && attrs["from"] === to && attrs["id"] === id,
  );
  return goesBack ? null : "the answer goes elsewhere";
}

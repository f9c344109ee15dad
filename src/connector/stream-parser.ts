/**
 * xmpp.js's stream parser with an upper bound: a stanza that is too large or too deep is
 * dropped while it passes, and only its head (name and attributes) is handed on, so that
 * one sender cannot take the stream of everybody down.
 */
import { xml, type LtxElement, type Parser } from "@xmpp/component";

export interface ParserLimits {
  readonly incomingChars: number;
  readonly answerChars: number;
  readonly incomingDepth: number;
  readonly resetChars: number;
}

/** The class that xmpp.js is to make its parsers of. */
export function boundedParser(
  limits: ParserLimits,
  onDropped: (head: LtxElement) => void,
): typeof Parser {
  return class extends BoundedParser {
    constructor() {
      super(limits, onDropped);
    }
  };
}

/**
 * COMPAT(ltx 3.1): from each character of a text on it looks for the next `<` up to the end of what
 * it was given, so that a megabyte at once takes seconds.
 */
const SLICE_CHARS = 8 * 1024;

/** A class because xmpp.js wants a constructor. Depth 1 is the stream, 2 a stanza. */
class BoundedParser extends xml.Parser {
  readonly #limits: ParserLimits;
  readonly #onDropped: (head: LtxElement) => void;
  #depth = 0;
  #chars = 0;
  #unfinished = 0;
  #stanza: LtxElement | null = null;
  #dropping = false;

  constructor(limits: ParserLimits, onDropped: (head: LtxElement) => void) {
    super();
    this.#limits = limits;
    this.#onDropped = onDropped;
  }

  override write(data: string): void {
    this.#unfinished += data.length;
    if (this.#unfinished > this.#limits.resetChars) {
      throw new Error(`no end of a stanza within ${String(this.#limits.resetChars)} characters`);
    }
    for (let from = 0; from < data.length; from += SLICE_CHARS) {
      super.write(data.slice(from, from + SLICE_CHARS));
    }
  }

  override onStartElement(name: string, attrs: Readonly<Record<string, string>>): void {
    this.#depth += 1;
    if (this.#depth <= 2) {
      super.onStartElement(name, attrs);
      this.#stanza = this.#depth === 2 ? this.cursor : null;
      this.#chars = 0;
    }
    this.#chars += sizeOf(name, attrs);
    // The stream itself is level 1, so a stanza is level 1 of what is counted here.
    if (this.#depth - 1 > this.#limits.incomingDepth) this.#drop();
    this.#count();
    if (this.#depth > 2 && !this.#dropping) super.onStartElement(name, attrs);
  }

  override onText(text: string): void {
    // Between stanzas there are only keep-alive spaces; xmpp.js would collect them for ever.
    if (this.#depth < 2 || this.#dropping) return;
    this.#chars += text.length;
    this.#count();
    if (!this.#isDropping()) super.onText(text);
  }

  override onEndElement(name: string): void {
    const depth = this.#depth;
    this.#depth -= 1;
    if (depth === 2) this.#unfinished = 0;
    if (!this.#dropping) {
      super.onEndElement(name);
      return;
    }
    if (depth > 2) return;
    this.#dropping = false;
    this.cursor = this.root;
    if (this.#stanza !== null) this.#onDropped(this.#stanza);
  }

  #isDropping(): boolean {
    return this.#dropping;
  }

  #count(): void {
    if (this.#depth >= 2 && this.#chars > this.#most()) this.#drop();
  }

  #most(): number {
    const isAnswer = this.#stanza?.name === "iq" && this.#stanza.attrs["type"] === "result";
    return isAnswer ? this.#limits.answerChars : this.#limits.incomingChars;
  }

  #drop(): void {
    if (this.#dropping || this.#stanza === null) return;
    this.#dropping = true;
    this.#stanza.children = [];
    this.cursor = this.#stanza;
  }
}

function sizeOf(name: string, attrs: Readonly<Record<string, string>>): number {
  let size = name.length + 2;
  for (const [key, value] of Object.entries(attrs)) size += key.length + value.length + 4;
  return size;
}

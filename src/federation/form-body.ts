/**
 * COMPAT(diaspora* < 0.7, Friendica's fallback): a message in the form field `xml`, escaped
 * once by 0.6 and twice by 0.5 (CGI.escape plus form encoding). What is in the field is
 * taken out here, so that behind this border a body is the message itself.
 */

const FORM_FIELD = /^(?:|[^<{]{0,1024}?&)xml=/;

/** The message in a received body: the body itself unless it is a form. */
export function messageOf(body: Buffer): Buffer {
  // Told by its first characters: an envelope begins with "<", its encrypted form with "{",
  // and content types are not to be trusted (the gem ignores them too).
  const start = FORM_FIELD.exec(body.toString("latin1", 0, 2048))?.[0].length;
  if (start === undefined) return body;
  // By hand: URLSearchParams takes eleven seconds for 2 MiB of `a&a&a&…` behind it.
  const end = body.indexOf("&", start);
  const field = unescapeOnce(body.toString("utf8", start, end < 0 ? body.length : end));
  return Buffer.from(field.startsWith("%") ? unescapeOnce(field) : field);
}

function unescapeOnce(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    // No percent-encoding after all: rubbish stays as it came, to be refused where it is read.
    return text;
  }
}

/** Which pictures of an entry become photos of the post, and which stay where its words show them. */
import type { Photo } from "../activitystreams/activity.ts";
import type { Guid } from "../activitystreams/ids.ts";
import { markdownToText } from "../activitystreams/markdown.ts";
import { stripIllegal } from "../xml/serialise.ts";
import type { Enclosure } from "./entry.ts";
import { liftPicture, shows } from "./picture-text.ts";

export interface Illustrated {
  /** Without the pictures that have become photos. */
  readonly text: string;
  readonly photos: readonly Photo[];
  readonly others: readonly Enclosure[];
}

/**
 * The federation shows a post's photos below its words. A picture that the words show in a line
 * of its own, as Movim's do, becomes one; one amid the words stays there, and is none.
 */
export function takePhotos(
  body: string,
  enclosures: readonly Enclosure[],
  photoGuid: (source: string) => Guid,
): Illustrated {
  let text = body;
  const photos = new Map<string, Photo>();
  const others: Enclosure[] = [];
  for (const enclosure of enclosures) {
    const { href, title } = enclosure;
    const lifted = liftPicture(text, href) ?? { text, alt: "" };
    if (isPhoto(enclosure) && !shows(lifted.text, href)) {
      text = lifted.text;
      const caption = stripIllegal(title ?? markdownToText(lifted.alt));
      const known = photos.get(href) ?? { guid: photoGuid(href), url: href };
      photos.set(href, caption === "" ? known : { ...known, text: caption });
    } else {
      others.push(enclosure);
    }
  }
  return {
    text,
    photos: [...photos.values()],
    others: others.filter(({ href }) => !photos.has(href)),
  };
}

/** What src/media can serve. Anything else is for the reader's browser to judge. */
const PHOTO_TYPE = /^image\/(?:jpe?g|png|gif|webp|avif)\b/i;

function isPhoto({ href, type }: Enclosure): boolean {
  return href.startsWith("https:") && PHOTO_TYPE.test(type);
}

/**
 * The addresses of a local person's pictures. diaspora* joins `remote_photo_path`, the size that
 * it wants and `remote_photo_name` (diaspora-peers.md §2), so that one picture has five names
 * beside each other: `/media/<guid>.jpg`, `/media/thumb_small_<guid>.jpg` and so on.
 */
import { parseGuid, type Guid } from "../activitystreams/ids.ts";

/** diaspora*'s own words; `original` is the bare name. */
export type PhotoSize = "thumb_small" | "thumb_medium" | "thumb_large" | "scaled_full" | "original";

const FOLDER = "media";
export const PHOTO_ROUTE = `/${FOLDER}/:name`;

/** Photos of local people carry a keyed digest as GUID (src/bridge/publish.ts), never another form. */
const NAME =
  /^(?:(thumb_small|thumb_medium|thumb_large|scaled_full)_)?([0-9a-f]{32})\.(?:jpg|png|gif|webp)$/;

/** Where we serve the photo whose picture lies at `source`. */
export function photoAddress(baseUrl: string, guid: Guid, source: string): string {
  return new URL(`${FOLDER}/${guid}.${endingOf(source)}`, baseUrl).href;
}

/** Readers guess the type by the name; what is answered says the true one in its header. */
function endingOf(source: string): string {
  const path = URL.canParse(source) ? new URL(source).pathname : "";
  const ending = /\.(png|gif|webp)$/i.exec(path)?.[1]?.toLowerCase();
  return ending ?? "jpg";
}

export function parsePhotoName(name: string): { guid: Guid; size: PhotoSize } | null {
  const [, size, digits] = NAME.exec(name) ?? [];
  const guid = parseGuid(digits ?? "");
  return guid === null ? null : { guid, size: sizeOf(size) };
}

function sizeOf(prefix: string | undefined): PhotoSize {
  switch (prefix) {
    case "thumb_small":
    case "thumb_medium":
    case "thumb_large":
    case "scaled_full":
      return prefix;
    default:
      return "original";
  }
}

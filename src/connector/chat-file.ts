/** A file that was uploaded with a message (XEP-0363, told by XEP-0066), as Markdown. */

const PICTURE = /\.(?:avif|gif|jpe?g|png|webp)$/i;

/** The words, and the file where they do not name it; a picture is shown. */
export function markupOf(
  words: string,
  file: string | null,
  markdownOf: (text: string) => string,
): string {
  if (file === null || !URL.canParse(file)) return markdownOf(words);
  const { pathname, href } = new URL(file);
  // Nothing of it can end the link.
  const address = href.replace(/[()]/g, (char) => (char === "(" ? "%28" : "%29"));
  const link = PICTURE.test(pathname) ? `![](${address})` : address;
  // Clients that send a file alone repeat its address as the body.
  const others = words.split(file).join("").trim();
  return others === "" ? link : `${markdownOf(others)}\n\n${link}`;
}

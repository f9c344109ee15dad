/** Posts as people write them, for properties. */
import fc from "fast-check";
import { alice } from "./people.ts";
import { GUID, NOW } from "./legacy-bench.ts";

// XML 1.0 has no other characters, and the gem replaces them before it signs.
const text = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 200 })
  .map((words) => words.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "·"));

export const posts = fc.record({
  text,
  public: fc.constant(true),
  provider_display_name: fc.option(fc.constantFrom("mobile", "<x>&;")),
  photos: fc.array(
    fc.record({
      guid: fc.constant(GUID),
      author: fc.constant(alice.id),
      public: fc.constant(true),
      created_at: fc.constant(NOW),
      remote_photo_path: fc.constant("https://pod-a.example/"),
      remote_photo_name: fc.constant("x.jpg"),
      text: fc.option(text),
      status_message_guid: fc.constant(GUID),
      height: fc.nat(),
      width: fc.nat(),
    }),
    { maxLength: 2 },
  ),
  location: fc.option(
    fc.record({ address: text, lat: fc.constant("52.5"), lng: fc.constant("13.4") }),
  ),
});

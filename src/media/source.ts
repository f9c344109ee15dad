/** Fetches the picture that a post names. The guarded client looks at every address it goes to. */
import { DxError } from "../errors/error.ts";
import type { GuardedHttp } from "../http/client.ts";
import { sniffPicture, type PictureKind } from "./sniff.ts";

export interface SourcePicture {
  readonly kind: PictureKind;
  readonly bytes: Buffer;
}

/** Throws DX_HTTP_*, DX_ADDRESS_FORBIDDEN, DX_ITEM_NOT_FOUND, DX_PICTURE_REFUSED. */
export async function fetchPicture(
  url: string,
  http: Pick<GuardedHttp, "get">,
  maxBytes: number,
): Promise<SourcePicture> {
  const answer = await http.get(url, { accept: "image/*", maxBytes });
  if (answer.status === 404 || answer.status === 410) throw new DxError("DX_ITEM_NOT_FOUND");
  if (answer.status !== 200) {
    throw new DxError("DX_HTTP_STATUS", { evidence: { status: answer.status } });
  }
  const kind = sniffPicture(answer.body);
  if (kind === null) {
    throw new DxError("DX_PICTURE_REFUSED", { detail: "its first bytes are those of no picture" });
  }
  return { kind, bytes: answer.body };
}

/** mod_http_api: what ejabberdctl does, over loopback HTTP (`POST /api/COMMAND`, JSON). */

const TIMEOUT_MS = 10_000;

export type EjabberdApi = (
  command: string,
  parameters?: Readonly<Record<string, unknown>>,
) => Promise<unknown>;

/** Calls that throw when ejabberd refuses. */
export function ejabberdApi(url: string): EjabberdApi {
  return async (command, parameters = {}) => {
    const answer = await fetch(`${url}/${command}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(parameters),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const body: unknown = await answer.json().catch(() => null);
    if (!answer.ok)
      throw new Error(
        `ejabberd refuses ${command} with HTTP ${String(answer.status)}: ${JSON.stringify(body)}`,
      );
    return body;
  };
}

/**
 * Fetching evidence. Whatever goes wrong on the way is Unavailable: a missing or mangled answer says
 * nothing about the record. Only bytes that claim to be the wanted file are handed on.
 */

import { Unavailable } from "../verifier/fault.js";

const SECONDS = 15;
const MOST_BYTES = 16 * 1024 * 1024;
const TRIES = 3;
const MOST_WAIT_SECONDS = 5;

/** The body's bytes. Throws Unavailable. A busy server (429, 503) is asked again. */
export async function download(url, mediaType) {
  for (let attempt = 1; ; attempt += 1) {
    const response = await request(url, mediaType);
    const busy = response.status === 429 || response.status === 503;
    if (busy && attempt < TRIES) {
      await pause(response.headers.get("Retry-After"), attempt);
      continue;
    }
    if (!response.ok) throw new Unavailable("fetch-failed", `HTTP ${response.status}`);
    const type = (response.headers.get("Content-Type") ?? "").split(";")[0].trim().toLowerCase();
    if (type !== mediaType) throw new Unavailable("fetch-failed", `${type} instead of ${mediaType}`);
    return response.bytes;
  }
}

async function request(url, mediaType) {
  const patience = new AbortController();
  const alarm = setTimeout(() => patience.abort(), SECONDS * 1000);
  try {
    const response = await fetch(url, {
      headers: { Accept: mediaType },
      signal: patience.signal,
      cache: "no-store",
      credentials: "omit",
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (bytes.length > MOST_BYTES) throw new Unavailable("fetch-failed", "too large an answer");
    return { ok: response.ok, status: response.status, headers: response.headers, bytes };
  } catch (error) {
    if (error instanceof Unavailable) throw error;
    throw new Unavailable("fetch-failed", patience.signal.aborted ? "timeout" : error.message);
  } finally {
    clearTimeout(alarm);
  }
}

function pause(retryAfter, attempt) {
  const asked = Number(retryAfter);
  const seconds = asked > 0 ? Math.min(asked, MOST_WAIT_SECONDS) : 0.3 * attempt;
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

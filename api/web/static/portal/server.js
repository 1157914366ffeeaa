/**
 * The ledger's API as the portal uses it: the producer's key, JSON in and out, no cookies.
 *
 * Nothing but an answer that the ledger itself gives counts as one. A wireless network's sign-in
 * page answers 200 to everything, so each answer must have the form that only the ledger's has.
 */

const SECONDS = 20;
const FILE_SECONDS = 120; // a photo over a village's network
const JSON_TYPE = "application/json";

/** No answer that could be understood: nothing is known about what was asked. */
export class Away extends Error {
  constructor(message, retryAfter = 0) {
    super(message);
    this.retryAfter = retryAfter;
  }
}

/** The ledger has understood and refuses: its RFC 9457 problem. */
export class Refusal extends Error {
  constructor(status, problem) {
    super(problem.detail);
    this.status = status;
    this.problem = problem;
  }
}

export class Server {
  constructor(key) {
    this.key = key;
  }

  /** {org, name, nameEn, state, scopes} behind the key. Throws Refusal for a key that is none. */
  caller() {
    return this.ask("GET", "/caller", (body) => typeof body.org === "string");
  }

  /** {eventID, recordID}; safe to send again: the eventID makes it one record. */
  capture(event) {
    return this.ask("POST", "/epcis/events", (body) => body.eventID === event.eventID, event);
  }

  /** {sha256, …} of a photo, kept by its digest: the same photo again is the same file. */
  keepFile(blob) {
    return this.ask("POST", "/files", (body) => /^[0-9a-f]{64}$/.test(body.sha256), blob);
  }

  /** {event, recordID} the ledger holds under this eventID, not what declares it erroneous. */
  async event(eventID) {
    const path = `/epcis/events/${encodeURIComponent(eventID)}`;
    const isOurs = (body) => body.type === "EPCISQueryDocument";
    const { answer, response } = await this.request("GET", path, isOurs);
    const events = answer.epcisBody.queryResults.resultsBody.eventList;
    const at = Math.max(
      0,
      events.findIndex((event) => event.errorDeclaration === undefined),
    );
    const proofs = (response.headers.get("Link") ?? "").matchAll(/<\/records\/([^/>]+)\/proof>/g);
    return { event: events[at], recordID: [...proofs][at]?.[1] ?? null };
  }

  /** {events, next}: one page of an event query, each event with its recordTime; `next` is the
      path of the following page or null. */
  async events(path) {
    const isOurs = (body) => body.type === "EPCISQueryDocument";
    const { answer, response } = await this.request("GET", path, isOurs);
    const { eventList } = answer.epcisBody.queryResults.resultsBody;
    return { events: eventList, next: followingOf(response) };
  }

  /** [{recordID, capturedAt, state, organization, event}] recorded about a lot, oldest first. */
  async story(path) {
    return (await this.ask("GET", path, (body) => Array.isArray(body.events))).events;
  }

  /** {state, index, …} of a record. */
  record(recordID) {
    return this.ask("GET", `/records/${recordID}`, (body) => body.id === recordID);
  }

  /** The organization's own parties, places or products: [{code, item, etag}]. */
  async items(collection) {
    const found = [];
    let next = `/masterdata/${collection}?perPage=200`;
    while (next !== null) {
      const isOurs = (body) => Array.isArray(body.items);
      const { answer, response } = await this.request("GET", next, isOurs);
      found.push(...answer.items);
      next = followingOf(response);
    }
    return found;
  }

  /** {code, item, etag} of one product or place. */
  item(collection, code) {
    return this.ask("GET", itemPath(collection, code), (body) => body.code === code);
  }

  /** Describe a product or place; `condition` are the headers that keep it from replacing what
      somebody else has written (412). */
  describe(collection, code, body, condition) {
    const path = itemPath(collection, code);
    return this.ask("PUT", path, (answer) => answer.code === code, body, condition);
  }

  /** Which of the 24 national fields a product, or one lot of it, has. */
  completeness(code, lot) {
    const query = lot === undefined ? "" : `?lot=${encodeURIComponent(lot)}`;
    const path = `${itemPath("products", code)}/completeness${query}`;
    return this.ask("GET", path, (body) => Array.isArray(body.fields));
  }

  /** [{recall: {id, state, …}, toldAt, acknowledgedAt}] of goods the organization is on record
      with. */
  recallInbox() {
    return this.ask("GET", "/recalls/inbox", (body) => Array.isArray(body));
  }

  /** [{id, state, organization, createdAt, liftedAt}] of the recalls a lot is in. */
  recallsOf(uri) {
    const query = new URLSearchParams({ id: uri });
    return this.ask("GET", `/recalls?${query}`, (body) => Array.isArray(body));
  }

  /** One recall with its reason. */
  recall(id) {
    return this.ask("GET", `/recalls/${id}`, (body) => body.id === id);
  }

  /** Recall {subjects, reason, notice}, or end a recall by its id. */
  startRecall(wanted) {
    return this.ask("POST", "/recalls", (body) => typeof body.id === "string", wanted);
  }

  liftRecall(id, reason) {
    return this.ask("POST", `/recalls/${id}/lift`, (body) => body.id === id, { reason });
  }

  acknowledgeRecall(id) {
    return this.send("POST", `/recalls/${id}/acknowledgement`);
  }

  /** [{id, kind, createdAt, acknowledgedAt, delivery, body}], newest first; docs/formats/alert.md. */
  alerts() {
    return this.ask("GET", "/alerts", (body) => Array.isArray(body));
  }

  acknowledgeAlert(id) {
    return this.send("POST", `/alerts/${encodeURIComponent(id)}/acknowledgement`);
  }

  /** {dest, lastTakenAt, waiting, dead}: where the organization's systems are told. */
  alertAddress() {
    return this.ask("GET", "/alerts/address", (body) => typeof body.dest === "string");
  }

  setAlertAddress(dest, signatureToken) {
    const wanted = { dest, signatureToken };
    return this.ask("PUT", "/alerts/address", (body) => body.dest === dest, wanted);
  }

  endAlertAddress() {
    return this.send("DELETE", "/alerts/address");
  }

  /** [{name, title, titleEn}] of the spreadsheets that can be filled in. */
  sheetTemplates() {
    return this.ask("GET", "/sheets/templates", (body) => Array.isArray(body));
  }

  /** A spreadsheet with the organization's own products and places in its lists, as a Blob. */
  sheetTemplate(name) {
    return this.file(`/sheets/templates/${encodeURIComponent(name)}.xlsx`);
  }

  /** What is to be kept as a file, as a Blob. Throws Away or Refusal. `onPiece` is given the
      headers and each piece, bytes, as it comes. */
  file(path, accept = "*/*", onPiece = undefined) {
    return this.send("GET", path, accept, onPiece);
  }

  /** The answer's bytes, whatever they are. */
  async send(method, path, accept = "*/*", onPiece = undefined) {
    const headers = { Accept: accept, Authorization: `Bearer ${this.key}` };
    let response;
    try {
      response = await fetch(path, { method, headers, cache: "no-store", credentials: "omit" });
      if (response.ok) return await collect(response, onPiece);
    } catch (error) {
      throw new Away(error.message);
    }
    const problem = await response.json().catch(() => ({}));
    if (typeof problem.code !== "string" || response.status >= 500 || response.status === 429) {
      throw new Away(`HTTP ${response.status}`);
    }
    throw new Refusal(response.status, problem);
  }

  /** The job of a filled spreadsheet; `way` is "checks", which records nothing, or "captures". */
  sendSheet(way, blob) {
    return this.ask("POST", `/sheets/${way}`, (body) => typeof body.id === "string", blob);
  }

  sheetJob(id) {
    return this.ask("GET", `/sheets/jobs/${id}`, (body) => body.id === id);
  }

  /** The answer's JSON if `isOurs`. Throws Away or Refusal. */
  async ask(method, path, isOurs, body = undefined, headers = {}) {
    return (await this.request(method, path, isOurs, body, headers)).answer;
  }

  async request(method, path, isOurs, body, headers = {}) {
    const { response, answer } = await this.fetch(method, path, body, headers);
    if (response.ok && isOurs(answer)) return { response, answer };
    const isProblem = response.status >= 400 && typeof answer.code === "string";
    if (isProblem && response.status < 500 && response.status !== 429) {
      throw new Refusal(response.status, answer);
    }
    throw new Away(`HTTP ${response.status}`, Number(response.headers.get("Retry-After")) || 0);
  }

  async fetch(method, path, body, headers) {
    const patience = new AbortController();
    const alarm = setTimeout(
      () => patience.abort(),
      (body instanceof Blob ? FILE_SECONDS : SECONDS) * 1000,
    );
    try {
      const response = await fetch(path, {
        method,
        headers: {
          Accept: "application/json",
          Authorization: `Bearer ${this.key}`,
          ...(body === undefined
            ? {}
            : { "Content-Type": body instanceof Blob ? body.type : JSON_TYPE }),
          ...headers,
        },
        body: body === undefined || body instanceof Blob ? body : JSON.stringify(body),
        signal: patience.signal,
        cache: "no-store",
        credentials: "omit",
        redirect: "error",
      });
      const answer = await response.json();
      return { response, answer: answer !== null && typeof answer === "object" ? answer : {} };
    } catch (error) {
      throw new Away(patience.signal.aborted ? "timeout" : error.message);
    } finally {
      clearTimeout(alarm);
    }
  }
}

function itemPath(collection, code) {
  return `/masterdata/${collection}/${encodeURIComponent(code)}`;
}

/** Path of the page that follows an answer, or null. */
function followingOf(response) {
  return /<([^>]+)>;\s*rel="next"/.exec(response.headers.get("Link") ?? "")?.[1] ?? null;
}

/** The body as a Blob; `onPiece` hears of each piece on its way. */
async function collect(response, onPiece) {
  if (onPiece === undefined) return response.blob();
  const pieces = [];
  const reader = response.body.getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    pieces.push(read.value);
    onPiece(response.headers, read.value);
  }
  return new Blob(pieces, { type: response.headers.get("Content-Type") });
}

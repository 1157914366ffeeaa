/**
 * One chain node over JSON-RPC 2.0, believed as little as possible.
 *
 * Questions asked within a moment travel in one request, and a question asked twice travels once:
 * a story of many records would otherwise be slow on a slow line. The answers live as long as this
 * object, which is one verification; none is kept.
 */

import { Unavailable } from "./fault.js";

const MOST_CALLS = 20; // in one batch; the relay refuses more
const SECONDS = 10;
const TRIES = 4; // a node that asks for patience (429) is not silent
const MOST_WAIT_SECONDS = 5;
const GATHER_MILLISECONDS = 10;

export class Node {
  #asked = new Map();
  #waiting = [];
  #number = 0;

  /** `fetch` and the patience in seconds can be replaced. */
  constructor(url, { fetch = globalThis.fetch.bind(globalThis), seconds = SECONDS } = {}) {
    this.url = url;
    this.fetch = fetch;
    this.seconds = seconds;
    this.answers = 0; // questions answered so far
  }

  /** The result of one call. Throws Unavailable. */
  ask(method, params) {
    const question = JSON.stringify([method, params]);
    let answer = this.#asked.get(question);
    if (answer === undefined) {
      answer = new Promise((resolve, reject) => {
        this.#number += 1;
        const call = { jsonrpc: "2.0", id: this.#number, method, params };
        if (this.#waiting.length === 0) setTimeout(() => this.#send(), GATHER_MILLISECONDS);
        this.#waiting.push({ call, resolve, reject });
      });
      answer.catch(() => {}); // asked ahead of time, it may never be looked at
      this.#asked.set(question, answer);
    }
    return answer;
  }

  async #send() {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (let at = 0; at < waiting.length; at += MOST_CALLS) {
      const batch = waiting.slice(at, at + MOST_CALLS);
      try {
        deliver(batch, await this.#post(batch.map((one) => one.call)));
        this.answers += batch.length;
      } catch (error) {
        for (const one of batch) one.reject(error);
      }
    }
  }

  async #post(calls) {
    for (let attempt = 1; ; attempt += 1) {
      const { busy, answers } = await this.#postOnce(calls);
      if (busy === undefined) return answers;
      if (attempt === TRIES) throw new Unavailable("chain-unavailable", "status 429");
      const seconds = busy > 0 ? Math.min(busy, MOST_WAIT_SECONDS) : attempt;
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    }
  }

  async #postOnce(calls) {
    const patience = new AbortController();
    const alarm = setTimeout(() => patience.abort(), this.seconds * 1000);
    try {
      const response = await this.fetch(this.url, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(calls),
        signal: patience.signal,
        credentials: "omit",
        redirect: "error",
        cache: "no-store",
        referrerPolicy: "no-referrer",
      });
      if (response.status === 429) return { busy: Number(response.headers.get("Retry-After")) };
      if (!response.ok) throw new Unavailable("chain-unavailable", `status ${response.status}`);
      return { answers: await response.json() };
    } catch (error) {
      if (error instanceof Unavailable) throw error;
      throw new Unavailable("chain-unavailable", `${this.url} does not answer: ${error.message}`);
    } finally {
      clearTimeout(alarm);
    }
  }
}

/** Answers are matched by id; a missing, doubled or foreign id spoils them all. */
function deliver(batch, answers) {
  const found = new Map(Array.isArray(answers) ? answers.map((one) => [one?.id, one]) : []);
  const complete =
    found.size === batch.length &&
    answers.length === batch.length &&
    batch.every(({ call }) => found.has(call.id));
  if (!complete) throw new Unavailable("chain-answer-malformed", "answers without their questions");
  for (const { call, resolve, reject } of batch) {
    const { result, error } = found.get(call.id);
    if (error !== undefined && error !== null) {
      reject(new Unavailable("chain-node-error", `the node answered ${error.code}`));
    } else if (result === undefined) {
      reject(new Unavailable("chain-answer-malformed", "neither result nor error"));
    } else {
      resolve(result);
    }
  }
}

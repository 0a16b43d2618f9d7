import * as l10n from '@vscode/l10n';
import type { AccountCall, AccountCalls } from '../cloudflare/accountCalls.ts';
import { type Subject, toKvError } from '../cloudflare/errors.ts';
import { FailedRequest, type Failure, hasCode, isForbidden } from '../cloudflare/failure.ts';
import { tablesOf } from '../cloudflare/json.ts';
import { KvError } from '../core/base/errors.ts';
import { isTable, type Table } from '../core/base/table.ts';
import type { Upload } from './job.ts';
import { WALK_ID, walkOf } from './names.ts';
import type { Control, JobParams } from './protocol.ts';
import { Refused } from './refused.ts';

const SCRIPTS = 'Workers Scripts: Edit';
const KV = 'Workers KV Storage: Edit';
const R2 = 'Workers R2 Storage: Edit';

const NO_SUBDOMAIN = [10007, 10063];
/** The token may not bind the namespace. */
const BINDING_REFUSED = 10023;
/** The plan does not allow limits to be set. */
const FREE_PLAN = 100328;
const R2_OFF = 10042;
const NAMESPACES_PATH = '/storage/kv/namespaces';
const SCRIPTS_PATH = '/workers/scripts/';
const PER_PAGE = 100;

const starting: Subject = {
  sentence: (reason) => l10n.t('The job was not started: {0}', reason),
  permission: SCRIPTS,
};
const reading: Subject = {
  sentence: (reason) => l10n.t('The jobs in the account could not be read: {0}', reason),
  permission: SCRIPTS,
};
const changing: Subject = {
  sentence: (reason) => l10n.t('The job could not be changed: {0}', reason),
  permission: SCRIPTS,
};

type Ask = Pick<AccountCall, 'method' | 'path' | 'name'> & Partial<AccountCall>;

/** The calls to the account API that a job needs, and what it means when one is refused. */
export class JobApi {
  readonly #calls: AccountCalls;
  /** Number of requests sent so far. */
  requests = 0;

  constructor(calls: AccountCalls) {
    this.#calls = calls;
  }

  get account(): string {
    return this.#calls.account;
  }

  /** Throws `Refused`. */
  async checkSubdomain(signal: AbortSignal): Promise<void> {
    const { ok, failure } = await this.#ask({
      method: 'get',
      path: '/workers/subdomain',
      name: 'read the subdomain',
      signal,
    });
    if (ok) return;
    if (hasCode(failure, ...NO_SUBDOMAIN) || isMissing(failure))
      throw new Refused({ kind: 'noSubdomain' }, failure.detail);
    throw refusedOr(failure, SCRIPTS, starting);
  }

  /** The account's information about a namespace. */
  async namespace(id: string, signal: AbortSignal): Promise<Table> {
    const reply = await this.#ask({
      method: 'get',
      path: `${NAMESPACES_PATH}/${encodeURIComponent(id)}`,
      name: 'read a namespace',
      signal,
    });
    if (reply.ok) return isTable(reply.result) ? reply.result : {};
    throw refusedOr(reply.failure, KV, starting);
  }

  /** Names of R2 buckets. Throws `Refused`. */
  async buckets(signal: AbortSignal): Promise<readonly string[]> {
    const names: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const query = { per_page: '1000', ...(cursor !== undefined && { cursor }) };
      const reply = await this.#ask({ method: 'get', path: '/r2/buckets', query, name: 'list buckets', signal });
      if (!reply.ok) {
        const isOff = hasCode(reply.failure, R2_OFF) || /enable r2/i.test(reply.failure.detail);
        if (isOff) throw new Refused({ kind: 'noBuckets' }, reply.failure.detail);
        throw refusedOr(reply.failure, R2, starting);
      }
      const { buckets } = isTable(reply.result) ? reply.result : {};
      names.push(...tablesOf(buckets).flatMap(({ name }) => (typeof name === 'string' ? [name] : [])));
      const { cursor: next } = isTable(reply.info) ? reply.info : {};
      if (typeof next !== 'string' || next === '') return names;
      cursor = next;
    }
  }

  /** Whether neither a Worker nor a workflow has this name yet. */
  async isFree(script: string, workflows: readonly string[], signal: AbortSignal): Promise<boolean> {
    const paths = [`/workers/scripts/${script}/settings`, ...workflows.map((name) => `/workflows/${name}`)];
    for (const path of paths) {
      const reply = await this.#ask({ method: 'get', path, name: 'look for a name', signal });
      if (reply.ok) return false;
      if (!isMissing(reply.failure)) throw refusedOr(reply.failure, SCRIPTS, starting);
    }
    return true;
  }

  /** Throws `Refused`. */
  async upload({ script, modules, metadata }: Upload, signal: AbortSignal): Promise<void> {
    const form = new FormData();
    // A single JSON part: the API refuses what the SDK would send.
    form.set('metadata', new Blob([metadata], { type: 'application/json' }));
    for (const { name, text } of modules) {
      form.set(name, new File([text], name, { type: 'application/javascript+module' }));
    }
    const uploadBytes = modules.reduce((sum, { text }) => sum + text.length, metadata.length);
    const reply = await this.#ask({
      method: 'put',
      path: `/workers/scripts/${script}`,
      body: form,
      name: 'upload the Worker',
      uploadBytes,
      signal,
    });
    if (reply.ok) return;
    const { failure } = reply;
    if (hasCode(failure, ...NO_SUBDOMAIN)) throw new Refused({ kind: 'noSubdomain' }, failure.detail);
    if (hasCode(failure, FREE_PLAN) || /free plan/i.test(failure.detail)) {
      throw new Refused({ kind: 'freePlan' }, failure.detail);
    }
    if (hasCode(failure, BINDING_REFUSED)) {
      throw new Refused(
        { kind: 'permission', permission: /\br2\b|bucket/i.test(failure.detail) ? R2 : KV },
        failure.detail,
      );
    }
    throw refusedOr(failure, SCRIPTS, starting);
  }

  /** Disables the Worker's workers.dev address. */
  async close(script: string, signal: AbortSignal): Promise<void> {
    await this.#do(starting, {
      method: 'post',
      path: `/workers/scripts/${script}/subdomain`,
      name: 'close the Worker',
      signal,
      body: { enabled: false, previews_enabled: false },
    });
  }

  async register(
    workflow: string,
    script: string,
    className: string,
    options: object,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#do(starting, {
      method: 'put',
      path: `/workflows/${workflow}`,
      name: 'register a workflow',
      signal,
      body: { script_name: script, class_name: className, ...options },
    });
  }

  /** If the instance already exists, an attempt whose answer was lost created it. */
  async create(script: string, params: JobParams, signal: AbortSignal): Promise<void> {
    const reply = await this.#ask({
      method: 'post',
      path: `/workflows/${walkOf(script)}/instances`,
      name: 'start the job',
      signal,
      body: { instance_id: WALK_ID, params },
    });
    if (reply.ok) return;
    if (await this.instance(walkOf(script), WALK_ID, signal).catch(() => undefined)) return;
    throw refusedOr(reply.failure, SCRIPTS, starting);
  }

  /** An instance with its steps, newest first; `undefined` if there is none. */
  async instance(workflow: string, id: string, signal: AbortSignal): Promise<Table | undefined> {
    const path = `/workflows/${workflow}/instances/${id}`;
    return await this.#find({ method: 'get', path, query: { order: 'desc' }, name: 'read an instance', signal });
  }

  /** A step with its whole output. */
  async step(workflow: string, id: string, name: string, signal: AbortSignal): Promise<Table | undefined> {
    const path = `/workflows/${workflow}/instances/${id}/step`;
    return await this.#find({
      method: 'get',
      path,
      query: { name, type: 'step' },
      name: 'read a step',
      flat: true,
      signal,
    });
  }

  /** A workflow with the counts of its instances. */
  async workflow(name: string, signal: AbortSignal): Promise<Table | undefined> {
    return await this.#find({ method: 'get', path: `/workflows/${name}`, name: 'read a workflow', signal });
  }

  async control(script: string, control: Control, signal: AbortSignal): Promise<void> {
    const path = `/workflows/${walkOf(script)}/instances/${WALK_ID}/events/control`;
    await this.#do(changing, { method: 'post', path, body: control, name: 'tell the job', signal });
  }

  async setStatus(workflow: string, id: string, status: object, signal: AbortSignal): Promise<void> {
    const path = `/workflows/${workflow}/instances/${id}/status`;
    await this.#do(changing, { method: 'patch', path, body: status, name: 'change an instance', signal });
  }

  /** Ends all instances, which takes a while. */
  async terminateAll(workflow: string, signal: AbortSignal): Promise<void> {
    const path = `/workflows/${workflow}/instances/terminate`;
    await this.#do(changing, { method: 'put', path, name: 'end the instances', signal });
  }

  /** Names of all Workers of the account, with their tags. */
  async scripts(signal: AbortSignal): Promise<readonly Table[]> {
    const reply = await this.#ask({ method: 'get', path: '/workers/scripts', name: 'list Workers', signal });
    if (reply.ok) return tablesOf(reply.result);
    throw toKvError(new FailedRequest(reply.failure), reading);
  }

  async workflows(signal: AbortSignal): Promise<readonly Table[]> {
    const all: Table[] = [];
    for (let page = 1; ; page++) {
      const query = { page: String(page), per_page: String(PER_PAGE) };
      const reply = await this.#ask({ method: 'get', path: '/workflows', query, name: 'list workflows', signal });
      if (!reply.ok) throw toKvError(new FailedRequest(reply.failure), reading);
      const listed = tablesOf(reply.result);
      all.push(...listed);
      if (listed.length < PER_PAGE) return all;
    }
  }

  /** Returns whether it is gone. */
  async remove(path: string, signal: AbortSignal): Promise<boolean> {
    const query: Readonly<Record<string, string>> = path.startsWith(SCRIPTS_PATH) ? { force: 'true' } : {};
    const reply = await this.#ask({ method: 'delete', path, query, name: 'remove what the job was', signal });
    return reply.ok || isMissing(reply.failure);
  }

  async #find(ask: Ask): Promise<Table | undefined> {
    const reply = await this.#ask(ask);
    if (reply.ok) return isTable(reply.result) ? reply.result : undefined;
    if (isMissing(reply.failure)) return undefined;
    throw toKvError(new FailedRequest(reply.failure), reading);
  }

  async #do(subject: Subject, ask: Ask): Promise<void> {
    const reply = await this.#ask(ask);
    if (reply.ok) return;
    if (isMissing(reply.failure)) {
      throw new KvError(
        'notFound',
        subject.sentence(l10n.t('it does not exist any more. Refresh to see the jobs as they are.')),
      );
    }
    throw toKvError(new FailedRequest(reply.failure), subject);
  }

  async #ask(ask: Ask): Promise<Reply> {
    this.requests++;
    const reply = await this.#calls.call({ priority: 'background', ...ask });
    if (!reply.ok) return { ok: false, result: undefined, info: undefined, failure: reply.failure };
    const { result, result_info } = reply.answer;
    return { ok: true, result, info: result_info, failure: undefined };
  }
}

type Reply =
  | { readonly ok: true; readonly result: unknown; readonly info: unknown; readonly failure: undefined }
  | { readonly ok: false; readonly result: undefined; readonly info: undefined; readonly failure: Failure };

const isMissing = (failure: Failure): boolean => failure.kind === 'refused' && failure.status === 404;

/** The missing permission, or the error if it was something else. */
function refusedOr(failure: Failure, permission: string, subject: Subject): Error {
  if (isForbidden(failure)) return new Refused({ kind: 'permission', permission }, failure.detail);
  return toKvError(new FailedRequest(failure), subject);
}

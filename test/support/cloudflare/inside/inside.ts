import type { InstanceCreateResponse, InstanceGetResponse } from 'cloudflare/resources/workflows/instances/instances';
import type { WorkflowGetResponse } from 'cloudflare/resources/workflows/workflows';
import { tablesOf } from '../../../../src/cloudflare/json.ts';
import { isTable, type Table } from '../../../../src/core/base/table.ts';
import type { Pace } from '../../../../src/inside/protocol.ts';
import { type Answer, failure, success } from '../api.ts';
import { type BesideWorker, BUCKET, type KvBackend } from '../kvBackend.ts';
import type { Token } from '../tokens.ts';
import { HARNESS, type Harness, type Harnessed, type InnerFault, SHARED, WORKER } from './harness.ts';
import type { InsideOperation } from './routes.ts';
import { wrongWith } from './shapes.ts';

interface Request {
  readonly operation: InsideOperation;
  /** The names in its path. */
  readonly name: string;
  readonly query: URLSearchParams;
  readonly contentType: string;
  readonly body: Buffer;
  readonly token: Token;
}

interface Script {
  readonly metadata: Table;
  readonly modules: Readonly<Record<string, string>>;
  hasAddress: boolean;
  /** Unix milliseconds; long ago by default. */
  readonly madeAt?: number;
}

interface Workflow {
  readonly script: string;
  readonly className: string;
}

const ENDED = ['complete', 'errored', 'terminated'];
/** The most that Miniflare lists at once. */
const PER_PAGE = 100;

/** According to the API's description, the answer for an instance cuts outputs. */
const SHOWN_OUTPUT = 1024;
const MADE = '2026-11-20T10:00:00Z';

/**
 * Workers, workflows and buckets of an account. What is uploaded runs in workerd, on the same KV as everything else.
 */
export class Inside {
  hasSubdomain = true;
  isPaid = true;
  /** `undefined`: R2 is not enabled. */
  bucketNames: readonly string[] | undefined = ['backups'];
  /** For the next job that starts. */
  faults: readonly InnerFault[] = [];
  /** Duration of each of its KV calls, in milliseconds. */
  callMs = 0;
  /** Duration of each page of its walk, in milliseconds. */
  walkMs = 0;
  /** How old answers about instances are, in milliseconds. */
  lateMs = 0;
  /** Overrides the pace that jobs were started with, because tests must be fast. */
  pace: Partial<Pace> = {};
  readonly scripts = new Map<string, Script>();
  readonly workflows = new Map<string, Workflow>();
  readonly #backend: KvBackend;
  readonly #violations: string[];
  /** The Worker that runs, made of these modules. */
  #worker: BesideWorker | undefined;
  #modules = '';
  readonly #reported = new Map<string, { readonly at: number; readonly answer: Answer }[]>();

  constructor(backend: KvBackend, violations: string[]) {
    this.#backend = backend;
    this.#violations = violations;
  }

  /** Runs these modules, replacing others if they differ. */
  async prepare(modules: Script['modules']): Promise<void> {
    const text = JSON.stringify(modules);
    if (this.#worker === undefined || this.#modules !== text) {
      const env = Object.entries(SHARED).map(([className, name]) => [
        name,
        { type: 'workflow', name, worker: WORKER, exportName: className },
      ]);
      this.#worker = {
        name: WORKER,
        env: Object.fromEntries(env),
        modules: { 'test-harness.js': HARNESS, ...modules },
      };
      this.#modules = text;
    }
    await this.#backend.runBeside(this.#worker);
  }

  /** Kills everything that runs; it then continues from what was saved. */
  async restart(): Promise<void> {
    await this.#backend.restart();
  }

  async objects(prefix = ''): Promise<readonly { readonly key: string; readonly size: number }[]> {
    return await this.#backend.objects(prefix);
  }

  async object(key: string): Promise<Buffer> {
    return await this.#backend.object(key);
  }

  async answer(request: Request): Promise<Answer> {
    const { operation, contentType, body } = request;
    const isJson = contentType.startsWith('application/json') && body.length > 0;
    const json: unknown = isJson ? JSON.parse(body.toString()) : undefined;
    if (operation !== 'putScript') {
      const problems = wrongWith(operation, json);
      this.#violations.push(...problems);
      if (problems.length > 0) return failure(400, 10001, problems.join('; '));
    }
    return await this.#handle(request, isTable(json) ? json : {});
  }

  async #handle(request: Request, json: Table): Promise<Answer> {
    const { operation, name, query } = request;
    const [first = '', id = '', event = ''] = name.split('/');
    switch (operation) {
      case 'getSubdomain':
        return this.hasSubdomain ? success({ subdomain: 'acme' }) : failure(404, 10007, 'workers.api.error.not_found');
      case 'listScripts':
        return success(
          [...this.scripts].map(([script, { metadata, madeAt = 0 }]) => {
            return { id: script, tags: metadata.tags ?? [], created_on: new Date(madeAt).toISOString() };
          }),
        );
      case 'getScriptSettings':
        return this.scripts.has(first) ? success({ tags: [] }) : noScript();
      case 'putScript':
        return await this.#putScript(request);
      case 'setScriptSubdomain': {
        const script = this.scripts.get(first);
        if (script === undefined) return noScript();
        script.hasAddress = json.enabled === true;
        return success(json);
      }
      case 'deleteScript':
        return this.scripts.delete(first) ? success(null) : noScript();
      case 'listWorkflows': {
        const [page, perPage] = [Number(query.get('page') ?? 1), Number(query.get('per_page') ?? 10)];
        const all = [...this.workflows].map(([workflow, { script }]) => ({ name: workflow, script_name: script }));
        return success(all.slice((page - 1) * perPage, page * perPage));
      }
      case 'putWorkflow': {
        const script = String(json.script_name);
        if (!this.scripts.has(script)) return noScript();
        this.workflows.set(name, { script, className: String(json.class_name) });
        return success({ id: name, name, script_name: script, class_name: json.class_name });
      }
      case 'getWorkflow':
        return await this.#getWorkflow(first);
      case 'deleteWorkflow': {
        if (!this.workflows.has(first)) return noWorkflow();
        await this.#terminateAll(first);
        this.workflows.delete(first);
        return success({ status: 'ok', success: true });
      }
      case 'createInstance':
        return await this.#create(first, String(json.instance_id), json.params);
      case 'getInstance':
        return await this.#late(name, () => this.#instance(first, id, query.get('order') === 'desc'));
      case 'getStep':
        return await this.#step(first, id, query.get('name') ?? '');
      case 'setInstanceStatus': {
        const path = this.#pathOf(first, id);
        if (path === undefined) return noInstance();
        const reply = await this.#backend.explorer('PATCH', `${path}/status`, json);
        return reply.status === 200 ? success({ status: json.status, timestamp: MADE }) : refused(reply);
      }
      case 'terminateInstances':
        await this.#terminateAll(first);
        return success({ status: 'ok' });
      case 'sendEvent': {
        const path = this.#pathOf(first, id);
        if (path === undefined) return noInstance();
        const reply = await this.#backend.explorer('POST', `${path}/events/${event}`, json);
        return reply.status === 200 ? success({}) : refused(reply);
      }
      case 'listBuckets':
        return this.bucketNames
          ? success({ buckets: this.bucketNames.map((bucket) => ({ name: bucket, creation_date: MADE })) })
          : failure(403, 10042, 'Please enable R2 through the Cloudflare Dashboard.');
    }
  }

  async #putScript({ name, contentType, body, token }: Request): Promise<Answer> {
    const form = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData();
    const modules: Record<string, string> = {};
    let metadata: unknown;
    for (const [field, value] of form) {
      const text = typeof value === 'string' ? value : await value.text();
      if (field === 'metadata') metadata = JSON.parse(text);
      else {
        modules[field] = text;
        if (typeof value === 'string' || value.type !== 'application/javascript+module') {
          this.#violations.push(`putScript request: ${field} is no module`);
        }
      }
    }
    const problems = wrongWith('putScript', metadata);
    this.#violations.push(...problems);
    if (problems.length > 0 || !isTable(metadata)) return failure(400, 10021, problems.join('; '));
    if (!(String(metadata.main_module) in modules)) return failure(400, 10021, 'No such module');
    if (!this.hasSubdomain) return failure(400, 10063, 'You need a workers.dev subdomain in order to proceed.');
    if (!this.isPaid && metadata.limits) {
      return failure(400, 100328, 'CPU limits are not supported for the Free plan.');
    }
    const bound = tablesOf(metadata.bindings);
    if (token.storage !== 'edit') return failure(400, 10023, 'workers.api.error.unauthorized: kv_namespace');
    const hasBucket = bound.some(({ type }) => type === 'r2_bucket');
    if (hasBucket && !token.buckets) return failure(400, 10023, 'workers.api.error.unauthorized: r2_bucket');
    this.scripts.set(name, { metadata, modules, hasAddress: true, madeAt: Date.now() });
    return success({ id: name, tags: metadata.tags, startup_time_ms: 3 });
  }

  async #getWorkflow(name: string): Promise<Answer> {
    const workflow = this.workflows.get(name);
    if (workflow === undefined) return noWorkflow();
    const instances: Record<string, number> = {};
    for await (const { status } of this.#instancesOf(name)) {
      instances[String(status)] = (instances[String(status)] ?? 0) + 1;
    }
    return success({
      id: name,
      name,
      class_name: workflow.className,
      script_name: workflow.script,
      created_on: MADE,
      modified_on: MADE,
      triggered_on: null,
      instances,
    } satisfies WorkflowGetResponse);
  }

  async #create(workflow: string, id: string, params: unknown): Promise<Answer> {
    const { script = '' } = this.workflows.get(workflow) ?? {};
    const uploaded = this.scripts.get(script);
    const place = this.#placeOf(workflow);
    if (place === undefined || uploaded === undefined) return noWorkflow();
    const given =
      isTable(params) && isTable(params.pace) ? { ...params, pace: { ...params.pace, ...this.pace } } : params;
    const harnessed: Harnessed = { harness: this.#harness(script, uploaded), given };
    await this.prepare(uploaded.modules);
    const instance = { id: place.idOf(id), params: harnessed };
    const reply = await this.#backend.explorer('POST', place.folder, instance);
    if (reply.status !== 200) return refused(reply);
    return success({ id, status: 'queued', version_id: MADE, workflow_id: workflow } satisfies InstanceCreateResponse);
  }

  /**
   * Where Miniflare has the instances: all jobs share one Worker and its workflows, so that none has to wait for its
   * start.
   */
  #placeOf(workflow: string): { readonly folder: string; readonly idOf: (id: string) => string } | undefined {
    const { script, className } = this.workflows.get(workflow) ?? {};
    const shared = Object.entries(SHARED).find(([name]) => name === className)?.[1];
    return shared && { folder: `/workflows/${shared}/instances`, idOf: (id) => `${script}_${id}` };
  }

  #pathOf(workflow: string, id: string): string | undefined {
    const place = this.#worker && this.#placeOf(workflow);
    return place && `${place.folder}/${place.idOf(id)}`;
  }

  #harness(script: string, { metadata }: Script): Harness {
    const bindings = tablesOf(metadata.bindings).map(({ type, name, namespace_id }) => [
      String(name),
      type === 'kv_namespace'
        ? this.#backend.slotOf(String(namespace_id))
        : type === 'r2_bucket'
          ? BUCKET
          : SHARED.Part,
    ]);
    const { faults, callMs, walkMs } = this;
    return { script, bindings: Object.fromEntries(bindings), faults, callMs, walkMs };
  }

  async #instance(workflow: string, id: string, newestFirst: boolean): Promise<Answer> {
    const found = await this.#found(workflow, id);
    if (found === undefined) return noInstance();
    const steps = tablesOf(found.steps).map((step) => ({ ...step, output: shown(step.output) }));
    if (newestFirst) steps.reverse();
    const { status, queued, start, end, error } = found as unknown as InstanceGetResponse;
    const { given: params } = found.params as Harnessed;
    return success({
      status,
      params,
      queued,
      start,
      end,
      error,
      output: shown(found.output) ?? '',
      success: end && !error,
      rollback: null,
      trigger: { source: 'api' },
      versionId: MADE,
      step_count: steps.length,
      steps: steps as unknown as InstanceGetResponse['steps'],
    } as InstanceGetResponse);
  }

  /** The instance as Miniflare has it. */
  async #found(workflow: string, id: string): Promise<Table | undefined> {
    const path = this.#pathOf(workflow, id);
    if (path === undefined) return undefined;
    const reply = await this.#backend.explorer('GET', path);
    return reply.status === 200 ? resultOf(reply) : undefined;
  }

  /** The answer has its own flat form, according to the description. */
  async #step(workflow: string, id: string, name: string): Promise<Answer> {
    const step = tablesOf((await this.#found(workflow, id))?.steps).find((one) => one.name === name);
    if (step === undefined) return noInstance();
    return success({
      status: step.success === true ? 'complete' : 'running',
      error: null,
      output: step.output ?? null,
    });
  }

  async #terminateAll(workflow: string): Promise<void> {
    for await (const { path, status } of this.#instancesOf(workflow)) {
      if (ENDED.includes(status)) continue;
      await this.#backend.explorer('PATCH', `${path}/status`, { status: 'terminate' });
    }
  }

  async *#instancesOf(workflow: string): AsyncGenerator<{ readonly path: string; readonly status: string }> {
    const place = this.#worker && this.#placeOf(workflow);
    if (place === undefined) return;
    const { folder, idOf } = place;
    for (let page = 1; ; page++) {
      const reply = await this.#backend.explorer('GET', `${folder}?page=${page}&per_page=${PER_PAGE}`);
      const instances = tablesOf(isTable(reply.json) ? reply.json.result : undefined);
      for (const { id, status } of instances) {
        if (String(id).startsWith(idOf(''))) yield { path: `${folder}/${id}`, status: String(status) };
      }
      if (instances.length < PER_PAGE) return;
    }
  }

  /** An answer from some time ago. */
  async #late(name: string, tell: () => Promise<Answer>): Promise<Answer> {
    const answer = await tell();
    const told = [...(this.#reported.get(name) ?? []), { at: performance.now(), answer }];
    this.#reported.set(name, told);
    return told.findLast(({ at }) => at <= performance.now() - this.lateMs)?.answer ?? told[0]?.answer ?? answer;
  }
}

function resultOf(reply: { readonly json: unknown } | undefined): Table {
  const { json } = reply ?? {};
  return isTable(json) && isTable(json.result) ? json.result : {};
}

function shown(output: unknown): string | null {
  if (output === undefined || output === null) return null;
  const text = JSON.stringify(output);
  return text.length > SHOWN_OUTPUT ? `${text.slice(0, SHOWN_OUTPUT)}[truncated output]` : text;
}

const noScript = (): Answer => failure(404, 10007, 'This Worker does not exist on your account.');
const noWorkflow = (): Answer => failure(404, 10200, 'workflow.not_found');
const noInstance = (): Answer => failure(404, 10201, 'instance.not_found');
const refused = ({ json }: { readonly json: unknown }): Answer => {
  const [error] = tablesOf(isTable(json) ? json.errors : undefined);
  const message = String(error?.message ?? 'refused');
  return failure(/not.?found/i.test(message) ? 404 : 400, 10202, message);
};

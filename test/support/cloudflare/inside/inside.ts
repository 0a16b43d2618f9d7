import type { InstanceCreateResponse, InstanceGetResponse } from 'cloudflare/resources/workflows/instances/instances';
import type { WorkflowGetResponse } from 'cloudflare/resources/workflows/workflows';
import { isTable, type Table, tablesOf } from '../../../../src/cloudflare/json.ts';
import type { Pace } from '../../../../src/inside/protocol.ts';
import { type Answer, failure, success } from '../api.ts';
import { BUCKET_ID, type KvBackend } from '../kvBackend.ts';
import type { Token } from '../tokens.ts';
import { harnessModules, type InnerFault } from './harness.ts';
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
}

interface Workflow {
  readonly script: string;
  readonly className: string;
}

/** The description of the API says that outputs are cut in the answer for an instance. */
const SHOWN_OUTPUT = 1024;
const MADE = '2026-11-20T10:00:00Z';

/** Workers, workflows and buckets of an account: what is uploaded runs in workerd, over the same KV as everything else. */
export class Inside {
  hasSubdomain = true;
  isPaid = true;
  /** `undefined`: R2 is not switched on. */
  bucketNames: readonly string[] | undefined = ['backups'];
  /** Of the next job that starts. */
  faults: readonly InnerFault[] = [];
  /** How long each KV call of it takes, in milliseconds. */
  callMs = 0;
  /** How long each page of its walk takes. */
  walkMs = 0;
  /** How old answers about instances are, in milliseconds. */
  lateMs = 0;
  /** How jobs go about it, where that is to differ from what they were started with: tests are in a hurry. */
  pace: Partial<Pace> = {};
  readonly scripts = new Map<string, Script>();
  readonly workflows = new Map<string, Workflow>();
  readonly #backend: KvBackend;
  readonly #violations: string[];
  #running = '';
  readonly #reported = new Map<string, { readonly at: number; readonly answer: Answer }[]>();

  constructor(backend: KvBackend, violations: string[]) {
    this.#backend = backend;
    this.#violations = violations;
  }

  /** Everything that runs is killed, and goes on from what was kept. */
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
        return success([...this.scripts].map(([script, { metadata }]) => ({ id: script, tags: metadata.tags ?? [] })));
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
        if (!this.workflows.delete(first)) return noWorkflow();
        await this.#backend.explorer('DELETE', `/workflows/${first}`);
        return success({ status: 'ok', success: true });
      }
      case 'createInstance':
        return await this.#create(first, String(json.instance_id), json.params);
      case 'getInstance':
        return await this.#late(name, () => this.#instance(first, id, query.get('order') === 'desc'));
      case 'getStep':
        return await this.#step(first, id, query.get('name') ?? '');
      case 'setInstanceStatus': {
        const reply = await this.#backend.explorer('PATCH', `/workflows/${first}/instances/${id}/status`, json);
        return reply.status === 200 ? success({ status: json.status, timestamp: MADE }) : refused(reply);
      }
      case 'terminateInstances':
        return await this.#terminateAll(first);
      case 'sendEvent': {
        const reply = await this.#backend.explorer('POST', `/workflows/${first}/instances/${id}/events/${event}`, json);
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
    this.scripts.set(name, { metadata, modules, hasAddress: true });
    return success({ id: name, tags: metadata.tags, startup_time_ms: 3 });
  }

  async #getWorkflow(name: string): Promise<Answer> {
    const workflow = this.workflows.get(name);
    if (workflow === undefined) return noWorkflow();
    const reply =
      this.#running === workflow.script ? await this.#backend.explorer('GET', `/workflows/${name}`) : undefined;
    const { instances } = resultOf(reply);
    return success({
      ...{ id: name, name, class_name: workflow.className, script_name: workflow.script },
      ...{ created_on: MADE, modified_on: MADE, triggered_on: null },
      instances: (instances ?? {}) as Record<string, number>,
    } satisfies WorkflowGetResponse);
  }

  async #create(workflow: string, id: string, params: unknown): Promise<Answer> {
    const script = this.workflows.get(workflow)?.script;
    if (script === undefined) return noWorkflow();
    if (this.#running !== script) await this.#run(script);
    const hasty =
      isTable(params) && isTable(params.pace) ? { ...params, pace: { ...params.pace, ...this.pace } } : params;
    const reply = await this.#backend.explorer('POST', `/workflows/${workflow}/instances`, { id, params: hasty });
    if (reply.status !== 200) return refused(reply);
    return success({ id, status: 'queued', version_id: MADE, workflow_id: workflow } satisfies InstanceCreateResponse);
  }

  /** The Worker begins to run; another one that did is ended. */
  async #run(script: string): Promise<void> {
    const uploaded = this.scripts.get(script);
    if (uploaded === undefined) return;
    const env: Record<string, object> = {};
    for (const { type, name, namespace_id, workflow_name, class_name } of tablesOf(uploaded.metadata.bindings)) {
      if (type === 'kv_namespace')
        env[String(name)] = { type: 'kv', id: await this.#backend.idOf(String(namespace_id)) };
      else if (type === 'r2_bucket') env[String(name)] = { type: 'r2', name: BUCKET_ID };
      else env[String(name)] = { type: 'workflow', name: workflow_name, worker: script, exportName: class_name };
    }
    for (const [name, { className, script: owner }] of this.workflows) {
      // Miniflare knows a workflow by a binding to it.
      if (owner === script)
        env[`TEST_${className}`] = { type: 'workflow', name, worker: script, exportName: className };
    }
    const harness = harnessModules(this.faults, this);
    await this.#backend.runBeside([{ name: script, env, modules: { ...harness, ...uploaded.modules } }]);
    this.#running = script;
  }

  async #instance(workflow: string, id: string, newestFirst: boolean): Promise<Answer> {
    const script = this.workflows.get(workflow)?.script;
    if (script === undefined || script !== this.#running) return noInstance();
    const reply = await this.#backend.explorer('GET', `/workflows/${workflow}/instances/${id}`);
    if (reply.status !== 200) return noInstance();
    const found = resultOf(reply);
    const steps = tablesOf(found.steps).map((step) => ({ ...step, output: shown(step.output) }));
    if (newestFirst) steps.reverse();
    const { status, params, queued, start, end, error } = found as unknown as InstanceGetResponse;
    return success({
      ...{ status, params, queued, start, end, error, output: shown(found.output) ?? '', success: end && !error },
      ...{ rollback: null, trigger: { source: 'api' }, versionId: MADE, step_count: steps.length },
      steps: steps as unknown as InstanceGetResponse['steps'],
    } as InstanceGetResponse);
  }

  /** A flat answer of its own form, as the description has it. */
  async #step(workflow: string, id: string, name: string): Promise<Answer> {
    const reply = await this.#backend.explorer('GET', `/workflows/${workflow}/instances/${id}`);
    const step = tablesOf(resultOf(reply).steps).find((one) => one.name === name);
    if (step === undefined) return noInstance();
    return success({
      status: step.success === true ? 'complete' : 'running',
      error: null,
      output: step.output ?? null,
    });
  }

  async #terminateAll(workflow: string): Promise<Answer> {
    for (let page = 1; ; page++) {
      const reply = await this.#backend.explorer('GET', `/workflows/${workflow}/instances?page=${page}&per_page=100`);
      const instances = tablesOf(isTable(reply.json) ? reply.json.result : undefined);
      for (const { id, status } of instances) {
        if (['complete', 'errored', 'terminated'].includes(String(status))) continue;
        await this.#backend.explorer('PATCH', `/workflows/${workflow}/instances/${id}/status`, { status: 'terminate' });
      }
      if (instances.length < 100) return success({ status: 'ok' });
    }
  }

  /** What was told some time ago. */
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

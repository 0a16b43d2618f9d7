import { isTable, type Table } from '../../../../src/core/base/table.ts';

/*
 * The API description's rules for the requests of a job (Workers, Workflows; `cloudflare` 7.3.0 has the same types).
 * Each check returns what is wrong, in words.
 */
type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === 'string';
const number: Check = (value) => typeof value === 'number';
const flag: Check = (value) => typeof value === 'boolean';
const retention: Check = (value) => text(value) || number(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const table =
  (fields: Readonly<Record<string, Check>>, ...optional: readonly string[]): Check =>
  (value) =>
    isTable(value) && problemsOf(value, fields, optional).length === 0;

function problemsOf(value: Table, fields: Readonly<Record<string, Check>>, optional: readonly string[]): string[] {
  const unknown = Object.keys(value).filter((name) => !(name in fields));
  const wrong = Object.entries(fields).filter(([name, check]) =>
    value[name] === undefined ? !optional.includes(name) : !check(value[name]),
  );
  return [...unknown.map((name) => `no field ${name}`), ...wrong.map(([name]) => `wrong ${name}`)];
}

const bindings: Readonly<Record<string, Check>> = {
  kv_namespace: table({ type: text, name: text, namespace_id: text }),
  r2_bucket: table({ type: text, name: text, bucket_name: text, jurisdiction: text }, 'jurisdiction'),
  workflow: table(
    { type: text, name: text, workflow_name: text, class_name: text, script_name: text },
    'class_name',
    'script_name',
  ),
};
const binding: Check = (value) => isTable(value) && (bindings[String(value.type)]?.(value) ?? false);

const instanceId: Check = (value) => text(value) && /^[a-zA-Z0-9_][a-zA-Z0-9-_]{0,99}$/.test(String(value));

const SHAPES = {
  putScript: [
    {
      main_module: text,
      compatibility_date: text,
      tags: listOf(text),
      bindings: listOf(binding),
      observability: table({ enabled: flag }),
      limits: table({ subrequests: number, cpu_ms: number }, 'subrequests', 'cpu_ms'),
    },
    ['tags', 'limits', 'observability'],
  ],
  setScriptSubdomain: [{ enabled: flag, previews_enabled: flag }, ['previews_enabled']],
  putWorkflow: [
    {
      script_name: text,
      class_name: text,
      limits: table({ steps: number }),
      concurrency: table({ limit: number }),
      default_retention: table({ success_retention: retention, error_retention: retention }),
    },
    ['limits', 'concurrency', 'default_retention'],
  ],
  createInstance: [
    { instance_id: instanceId, params: () => true, instance_retention: isTable, location_hint: text },
    ['params', 'instance_retention', 'location_hint'],
  ],
  setInstanceStatus: [
    { status: (value: unknown) => ['pause', 'resume', 'terminate', 'restart'].includes(String(value)), from: isTable },
    ['from'],
  ],
} as const satisfies Record<string, readonly [Readonly<Record<string, Check>>, readonly string[]]>;

/** What is wrong with the body of a request. */
export function wrongWith(operation: string, body: unknown): string[] {
  const shape = (SHAPES as Readonly<Record<string, readonly [Readonly<Record<string, Check>>, readonly string[]]>>)[
    operation
  ];
  if (shape === undefined) return [];
  if (!isTable(body)) return [`${operation} request: not a table`];
  return problemsOf(body, ...shape).map((problem) => `${operation} request: ${problem}`);
}

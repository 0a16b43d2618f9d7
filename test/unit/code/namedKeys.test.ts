import assert from 'node:assert/strict';
import { analyse } from '../../../src/language/code/analysis.ts';
import { mayMeet, type NamedKeys, namedKeys } from '../../../src/language/code/namedKeys.ts';

const TEMPLATE = '`user:$' + '{id}`';
const LONGER = '`user:1$' + '{n}`';

/** The keys that a call may name: of its first argument, or of its prefix. */
function named(call: string): NamedKeys {
  const { keys, constants } = analyse('worker.ts', `env.KV.${call}`, new Set(['KV']));
  const [use] = keys;
  const text = use && constants.text(use.node);
  return use && text ? namedKeys(text, use.kind) : assert.fail(call);
}

describe('Two places in code', () => {
  for (const [one, other] of [
    ['get("user:1")', 'put("user:1", "")'],
    ['get("user:1")', `get(${TEMPLATE})`],
    ['get("user:1")', 'get("user:" + id)'],
    ['get("user:1")', 'list({ prefix: "user:" })'],
    ['get("user:1")', 'list({ prefix: "user:1" })'],
    [`get(${TEMPLATE})`, 'list({ prefix: "user:" })'],
    [`get(${TEMPLATE})`, `get(${LONGER})`],
    ['list({ prefix: "user:" })', 'list({ prefix: "user:1" })'],
  ] as const) {
    it(`may name the same key: ${one} and ${other}`, () => {
      assert.ok(mayMeet(named(one), named(other)));
      assert.ok(mayMeet(named(other), named(one)));
    });
  }

  for (const [one, other] of [
    ['get("user:1")', 'get("user:10")'],
    ['get("user:1")', `get(${LONGER})`],
    ['get("user:1")', 'get("user:1" + n)'],
    ['get("user:1")', `get(${'`user:$' + '{id}:name`'})`],
    ['get("user:1")', 'list({ prefix: "user:1:" })'],
    ['get("user:1")', 'get(`$' + '{id}`)'],
    ['get("user:1")', 'list({ prefix: "" })'],
    [`get(${TEMPLATE})`, 'get("user:")'],
    [`get(${TEMPLATE})`, 'list({ prefix: "session:" })'],
    [`get(${TEMPLATE})`, 'get(`$' + '{id}`)'],
  ] as const) {
    it(`do not: ${one} and ${other}`, () => {
      assert.ok(!mayMeet(named(one), named(other)));
      assert.ok(!mayMeet(named(other), named(one)));
    });
  }
});

import assert from 'node:assert/strict';
import { subscribe } from 'node:diagnostics_channel';
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { extension, firstNamespace } from './extension.ts';
import { type Activation, leave } from './measured.ts';

interface Arrival {
  readonly name: string;
  readonly at: number;
}

describe('activation', () => {
  it('is measured', async () => {
    const threads: Arrival[] = [];
    // Published by the constructor of Worker, so a thread started inside activate() has a time inside it.
    subscribe('worker_threads', () => threads.push({ name: 'SQLite thread', at: performance.now() }));
    assert.ok(!extension().isActive);
    await extension().activate();

    await vscode.commands.executeCommand('cloudflareKv.loadAll', { namespace: await firstNamespace() });

    const loads = performance.getEntriesByName('cloudflareKv.load', 'measure');
    const bundles = loads.map((load) => ({
      name: basename(String(Reflect.get(load, 'detail'))),
      at: load.startTime,
      duration: load.duration,
    }));
    const main = bundles.find(({ name }) => name === 'extension.cjs');
    const [activate] = performance.getEntriesByName('cloudflareKv.activate');
    assert.ok(activate && main);
    const end = activate.startTime + activate.duration;
    // What the main bundle itself requires is a part of it.
    const others = bundles.filter(({ at }) => at > main.at + main.duration);
    const arrivals = [...others, ...threads];
    leave<Activation>({
      activateMs: activate.duration,
      loadMs: main.duration,
      early: arrivals.filter(({ at }) => at < end).map(({ name }) => name),
      late: arrivals.filter(({ at }) => at >= end).map(({ name }) => name),
    });
  });
});

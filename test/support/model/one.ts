import { validated } from '../../../src/core/store/wrappers/validated.ts';
import { MemoryFiles } from '../memoryFiles.ts';
import { textOf } from './modelStore.ts';
import { World } from './world.ts';

const files = new MemoryFiles();
const [, , kind = 'compares', json = '[]'] = process.argv;
const [a, s] = JSON.parse(json);
const world = new World({ seed: s, acts: a, kind: kind as 'compares', wrap: validated }, files);
console.log('start', [...world.ground.entries.values()].map(textOf));
console.log(await world.run());
for (const e of world.ground.log) console.log(e.by, e.key, textOf(e.before), '=>', textOf(e.after));
for (const o of world.ops)
  console.log(
    o.id,
    o.window?.owner.session,
    o.isOver,
    [...o.seen].map(([k, v]) => k + '@' + v.at + ':' + v.text),
    [...o.told],
    o.target?.info.label,
  );
for (const p of files.paths)
  console.log(
    p,
    files.peek(p).replaceAll(/"label":[^}]*?,"owner":\{[^}]*\}/g, (m) => m.slice(0, 30)),
  );

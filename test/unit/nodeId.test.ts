import assert from 'node:assert/strict';
import type { SourceProblem } from '../../src/core/store/store.ts';
import { nodeId } from '../../src/tree/nodeId.ts';
import { ProblemNode } from '../../src/tree/nodes.ts';
import { MemoryStore } from '../support/memoryStore.ts';
import { namespaceNode } from '../support/treeNodes.ts';

describe('the id of a row', () => {
  const { parent } = namespaceNode(new MemoryStore());

  it('is one of its own for each problem of a file', () => {
    const path = '/shop/vite.config.ts';
    const problems: readonly SourceProblem[] = [
      { path, line: 3, message: 'persistState is not read' },
      { path, line: 9, message: 'persistState is not read' },
      { path, line: 9, message: 'configPath is not read' },
      { path, message: 'persistState is not read' },
    ];
    const ids = problems.map((problem) => nodeId(new ProblemNode(parent, problem)));
    assert.equal(new Set(ids).size, problems.length);
    assert.deepEqual(
      problems.map((problem) => nodeId(new ProblemNode(parent, { ...problem }))),
      ids,
    );
  });
});

import * as l10n from '@vscode/l10n';
import { type ConfigPath, type ConfigText, lineFinder, type Span } from './configText.ts';

type Parsers = typeof import('./parsers.lazy.ts');
type Node = import('./parsers.lazy.ts').Node;

/** Reads JSON with comments and trailing commas, which wrangler accepts in `.json` and `.jsonc` files. */
export function readJsonc(text: string, parsers: Parsers): ConfigText {
  const errors: import('./parsers.lazy.ts').ParseError[] = [];
  const root = parsers.parseTree(text, errors, { allowTrailingComma: true });
  const [first] = errors;
  const lineAt = lineFinder(text);
  return {
    value: root === undefined ? undefined : parsers.getNodeValue(root),
    ...(first && {
      problem: {
        message:
          text.trim() === '' ? l10n.t('The file is empty.') : jsonProblem(parsers.printParseErrorCode(first.error)),
        line: lineAt(first.offset),
      },
    }),
    damaged: (path) => {
      const node = root && nodeAt(root, path);
      if (node === undefined) return false;
      const end = node.offset + node.length;
      // An object that is never closed reaches to the end of the text.
      const open = node.type === 'object' && text[end - 1] !== '}';
      return open || errors.some(({ offset }) => offset > node.offset && offset < end);
    },
    line: (path) => {
      const node = root && nodeAt(root, path);
      return node && lineAt(node.offset);
    },
    place: (path) => {
      const node = root && nodeAt(root, path);
      if (node === undefined) return undefined;
      const key = node.parent?.type === 'property' ? node.parent.children?.[0] : undefined;
      return { ...(key && { key: spanOf(key) }), value: spanOf(node) };
    },
  };
}

const spanOf = ({ offset, length }: Node): Span => ({ start: offset, end: offset + length });

/** The node at a place. If a property is there twice, the last one counts, as with `JSON.parse`. */
export function nodeAt(root: Node, path: ConfigPath): Node | undefined {
  let node: Node | undefined = root;
  for (const step of path) {
    node =
      typeof step === 'number'
        ? node?.children?.[step]
        : node?.children?.findLast((property) => property.children?.[0]?.value === step)?.children?.[1];
  }
  return node;
}

function jsonProblem(code: string): string {
  switch (code) {
    case 'PropertyNameExpected':
      return l10n.t('expected a property name in double quotes');
    case 'ValueExpected':
      return l10n.t('expected a value');
    case 'ColonExpected':
      return l10n.t('expected “{0}”', ':');
    case 'CommaExpected':
      return l10n.t('expected “{0}”', ',');
    case 'CloseBraceExpected':
      return l10n.t('expected “{0}”', '}');
    case 'CloseBracketExpected':
      return l10n.t('expected “{0}”', ']');
    case 'EndOfFileExpected':
      return l10n.t('expected nothing more');
    case 'UnexpectedEndOfComment':
      return l10n.t('this comment does not end');
    case 'UnexpectedEndOfString':
      return l10n.t('this text has no closing quote');
    case 'InvalidNumberFormat':
    case 'UnexpectedEndOfNumber':
      return l10n.t('this is not a number');
    case 'InvalidUnicode':
    case 'InvalidEscapeCharacter':
      return l10n.t('this escape sequence is not valid');
    default:
      return l10n.t('unexpected character');
  }
}

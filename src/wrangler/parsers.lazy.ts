/*
 * The libraries that read and edit wrangler configs, in a separate bundle: the first config loads them, not `activate`.
 * jsonc-parser's `main` is a UMD file that cannot be bundled (it passes `require` on), so the build must prefer the
 * `module` field.
 */
export {
  applyEdits,
  type Edit,
  getNodeValue,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';
export { parse as parseToml, TomlError } from 'smol-toml';

/** Characters that have a meaning in Markdown, including those that turn a bare URL or e-mail address into a link. */
const SPECIAL = /[\\`*_{}[\]()#+\-.!|<>~&:@]/g;

/** Escapes foreign text so that Markdown shows it as it is, without links. */
export const escapeMarkdown = (text: string): string => text.replace(SPECIAL, '\\$&');

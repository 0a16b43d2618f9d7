/** Whatever makes something of a text in Markdown, a bare address of the web or of a mailbox included. */
const SPECIAL = /[\\`*_{}[\]()#+\-.!|<>~&:@]/g;

/** Markdown that shows a text from elsewhere as it is, and makes no link of it. */
export const escapeMarkdown = (text: string): string => text.replace(SPECIAL, '\\$&');

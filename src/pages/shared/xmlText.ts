const NOT_IN_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

/** XML cannot contain some characters in any form. The replacement character stands for them. */
export const xmlText = (text: string): string => text.replace(NOT_IN_XML, '\ufffd');
